import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { readPackageInput } from "./package-input.ts";

/*
 * `npm run package -- --config FILE [--settings FILE] [options of osls package]`: builds the functions with this pipeline, and packs them
 * into .serverless/, offline and without a login. What is missing or wrong is named before anything is built.
 */

const EXIT_MISUSE = 2;
const root = join(import.meta.dirname, "..", "..");

function run(command: string, args: readonly string[], environment: NodeJS.ProcessEnv): number {
  const { status } = spawnSync(command, args, { cwd: root, stdio: "inherit", env: environment });
  return status ?? 1;
}

// npm changes the folder, and says here which one it was.
const folder = process.env["INIT_CWD"] ?? process.cwd();
const input = readPackageInput(process.argv.slice(2), process.env, folder);
if (!input.ok) {
  for (const line of input.error) process.stderr.write(`package: ${line}\n`);
  process.exitCode = EXIT_MISUSE;
} else {
  const { config, rest, variables } = input.value;
  const environment = { ...process.env, ...variables, KUBEMEND_PIPELINE_FILE: config };
  const built = run(process.execPath, [join(root, "infra", "build", "functions.ts")], environment);
  process.exitCode = built === 0 ? run("npx", ["osls", "package", ...rest], environment) : built;
}
