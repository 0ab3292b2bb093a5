import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { readPackageInput } from "./package-input.ts";

/*
 * `npm run package -- --config FILE [options of osls package]`: builds the functions with this pipeline, and packs them into .serverless/,
 * offline and without a login. What is missing is named before anything is built.
 */

const EXIT_MISUSE = 2;
const root = join(import.meta.dirname, "..", "..");

function run(command: string, args: readonly string[], environment: NodeJS.ProcessEnv): number {
  const { status } = spawnSync(command, args, { cwd: root, stdio: "inherit", env: environment });
  return status ?? 1;
}

const input = readPackageInput(process.argv.slice(2), process.env);
if ("missing" in input) {
  for (const line of input.missing) process.stderr.write(`package: ${line}\n`);
  process.exitCode = EXIT_MISUSE;
} else {
  const environment = { ...process.env, KUBEMEND_PIPELINE_FILE: resolve(input.config) };
  const built = run(process.execPath, [join(root, "infra", "build", "functions.ts")], environment);
  process.exitCode =
    built === 0 ? run("npx", ["osls", "package", ...input.rest], environment) : built;
}
