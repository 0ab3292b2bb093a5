import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/*
 * `npm run --silent sbom`: a CycloneDX document of the packages that are shipped, with their checksums and licences. It is npm's own, of
 * everything that is installed, without what is only for development: npm's option for that leaves out some that are shipped, too.
 */

type Bom = {
  readonly components: readonly { readonly "bom-ref": string }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
};
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

const bom = JSON.parse(
  execFileSync("npm", ["sbom", "--sbom-format", "cyclonedx"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  }),
) as Bom;
const shipped = readShipped();
const components = bom.components.filter((one) => shipped.has(one["bom-ref"]));
const dependencies = bom.dependencies
  .filter(({ ref }) => shipped.has(ref) || ref.startsWith("kubemend@"))
  .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((one) => shipped.has(one)) }));
process.stdout.write(`${JSON.stringify({ ...bom, components, dependencies }, null, 2)}\n`);
