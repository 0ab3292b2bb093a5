import { readFileSync } from "node:fs";
import { join } from "node:path";
import esbuild from "esbuild";
import { bundleCommand } from "./command-bundle.mjs";

/** A package of which something is in the bundle. */
export type BundledPackage = { readonly name: string; readonly version: string };

/** Bundles infra/relay/main.ts to `<folder>/relay.mjs`, one file, and says which packages it contains, sorted. */
export async function bundleRelay(options: {
  readonly root: string;
  readonly folder: string;
}): Promise<readonly BundledPackage[]> {
  const program = { ...options, entryPoint: "infra/relay/main.ts", name: "relay", single: true };
  const { outputs } = await bundleCommand(esbuild, program);
  const inputs = Object.values(outputs).flatMap((output) => Object.keys(output.inputs));
  const folders = inputs.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []);
  return [...new Set(folders)].toSorted().map((folder) => {
    const file = join(options.root, folder, "package.json");
    const { name, version } = JSON.parse(readFileSync(file, "utf8")) as BundledPackage;
    return { name, version };
  });
}
