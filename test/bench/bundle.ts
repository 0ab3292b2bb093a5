import { execFile } from "node:child_process";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { toCommandBundle } from "../../infra/build/command-bundle.mjs";
import { findProjectRoot } from "../../sandbox/project-root.ts";

/** A contender of this folder, bundled as the command is: the sources would bring Node's compiler into its memory. */
export async function bundleContender(name: string): Promise<string> {
  const entryPoint = join(import.meta.dirname, "contenders", name);
  const outfile = join(findProjectRoot(), "dist", "bench", `${basename(name, ".ts")}.mjs`);
  await build(toCommandBundle(entryPoint, outfile));
  return outfile;
}

/** The command itself, as it is installed. */
export async function bundleCommand(): Promise<string> {
  const root = findProjectRoot();
  await promisify(execFile)(process.execPath, [join(root, "infra", "build", "cli.mjs")]);
  return join(root, "dist", "cli.mjs");
}
