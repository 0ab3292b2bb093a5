import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readNpmSbom } from "./npm-sbom.ts";

/*
 * `npm run --silent sbom`: a CycloneDX document of the packages that are shipped, with their checksums and licences: npm's own, without
 * what is only for development.
 */

type Locked = { readonly version?: string; readonly dev?: boolean; readonly devOptional?: boolean };

const root = join(import.meta.dirname, "..", "..");

/** The shipped packages as npm's document names them: `yaml@2.9.1`. */
function readShipped(): ReadonlySet<string> {
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
    readonly packages: Readonly<Record<string, Locked>>;
  };
  const shipped = Object.entries(packages).filter(
    ([path, { dev, devOptional }]) => path !== "" && dev !== true && devOptional !== true,
  );
  return new Set(
    shipped.map(([path, { version = "" }]) => {
      const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
      return `${name}@${version}`;
    }),
  );
}

const bom = readNpmSbom(root);
const shipped = readShipped();
const components = bom.components.filter((one) => shipped.has(one["bom-ref"]));
const dependencies = bom.dependencies
  .filter(({ ref }) => shipped.has(ref) || ref.startsWith("kubemend@"))
  .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((one) => shipped.has(one)) }));
process.stdout.write(`${JSON.stringify({ ...bom, components, dependencies }, null, 2)}\n`);
