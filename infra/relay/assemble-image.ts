import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundleRelay, type BundledPackage } from "../build/bundle-relay.ts";
import { readNpmSbom } from "../build/npm-sbom.ts";

/*
 * `node infra/relay/assemble-image.ts FOLDER`: everything that the image adds to its base: the relay in one file, the notices of the
 * licences of what is in it, and a CycloneDX document of it. The same on every platform.
 */

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

/** The document of the packages in the bundle, without its time and number, which differ each time. */
function readBom(packages: readonly BundledPackage[]): object {
  const bom = readNpmSbom(root);
  const { serialNumber: _number, dependencies: _edges, ...rest } = bom;
  const { timestamp: _time, ...metadata } = bom.metadata;
  const isBundled = (one: BundledPackage): boolean =>
    packages.some(({ name, version }) => name === one.name && version === one.version);
  return { ...rest, metadata, components: bom.components.filter(isBundled) };
}
