import { execFile } from "node:child_process";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import * as esbuild from "esbuild";
import { bundleCommand } from "../../infra/build/command-bundle.mjs";
import { findProjectRoot } from "../../sandbox/host/project-root.ts";

/** A contender of this folder, bundled like the command: running from sources would count Node's type stripping as its memory. */
export async function bundleContender(file: string): Promise<string> {
  const root = findProjectRoot();
  const entryPoint = join("test", "bench", "contenders", file);
  const folder = join("dist", "bench");
  const name = basename(file, ".ts");
  await bundleCommand(esbuild, { root, entryPoint, folder, name });
  return join(root, folder, `${name}.mjs`);
}

/** The command itself, in its installed form. */
export async function bundleKubemend(): Promise<string> {
  const root = findProjectRoot();
  await promisify(execFile)(process.execPath, [join(root, "infra", "build", "cli.mjs")]);
  return join(root, "dist", "cli.mjs");
}
