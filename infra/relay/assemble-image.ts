import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundleRelay, type BundledPackage } from "../build/bundle-relay.ts";

/*
 * `node infra/relay/assemble-image.ts FOLDER`: everything that the image adds to its base: the relay in one file, the notices of the
 * licences of what is in it, and a CycloneDX document of it. The same on every platform.
 */

type Bom = {
  readonly metadata: object;
  readonly components: readonly BundledPackage[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
};

const root = join(import.meta.dirname, "..", "..");
const [folder] = process.argv.slice(2);

if (folder === undefined) {
  process.stderr.write("assemble-image: name the folder that becomes /app of the image\n");
  process.exitCode = 2;
} else {
  mkdirSync(folder, { recursive: true });
  const packages = await bundleRelay({ root, folder });
  copyFileSync(join(root, "LICENSE"), join(folder, "LICENSE"));
  writeFileSync(join(folder, "sbom.cdx.json"), `${JSON.stringify(readBom(packages), null, 2)}\n`);
}

/** npm's document of what is installed, without what is not in the bundle, and without time and number, which differ each time. */
function readBom(packages: readonly BundledPackage[]): object {
  // Without the packages for development npm leaves out some that are shipped, such as yaml.
  const args = ["sbom", "--sbom-format", "cyclonedx"];
  const options = { cwd: root, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 } as const;
  const bom = JSON.parse(execFileSync("npm", args, options)) as Bom & { serialNumber?: string };
  const { serialNumber: _number, dependencies: _edges, ...rest } = bom;
  const { timestamp: _time, ...metadata } = bom.metadata as { readonly timestamp?: string };
  const isBundled = (one: BundledPackage): boolean =>
    packages.some(({ name, version }) => name === one.name && version === one.version);
  return { ...rest, metadata, components: bom.components.filter(isBundled) };
}
