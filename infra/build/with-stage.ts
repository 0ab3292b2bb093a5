import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { readPackageInput, type PackageInput } from "./package-input.ts";

const EXIT_MISUSE = 2;
const root = join(import.meta.dirname, "..", "..");

/** Runs a command in the project's folder, with the settings of a stage. Returns its exit code. */
function run(command: string, args: readonly string[], environment: NodeJS.ProcessEnv): number {
  const { status } = spawnSync(command, args, { cwd: root, stdio: "inherit", env: environment });
  return status ?? 1;
}

/**
 * Reads the arguments of an npm script about a stage, and does its work with them; or prints everything that is missing or wrong, and does
 * nothing. Sets the exit code.
 */
export function withStage(name: string, work: (stage: StageCommands) => number): void {
  // npm changes the folder, and says here which one it was.
  const folder = process.env["INIT_CWD"] ?? process.cwd();
  const input = readPackageInput(process.argv.slice(2), process.env, folder);
  if (input.ok) {
    process.exitCode = work(toCommands(input.value));
    return;
  }
  for (const line of input.error) process.stderr.write(`${name}: ${line}\n`);
  process.exitCode = EXIT_MISUSE;
}

type StageCommands = {
  /** Builds the functions with the pipeline of the stage; the exit code. */
  readonly build: () => number;
  /** Runs osls with further arguments, after those that the user gave. */
  readonly osls: (command: string, ...args: readonly string[]) => number;
};

function toCommands({ config, rest, variables }: PackageInput): StageCommands {
  const environment = { ...process.env, ...variables, KUBEMEND_PIPELINE_FILE: config };
  const script = join(root, "infra", "build", "functions.ts");
  return {
    build: () => run(process.execPath, [script], environment),
    osls: (command, ...args) => run("npx", ["osls", command, ...rest, ...args], environment),
  };
}
