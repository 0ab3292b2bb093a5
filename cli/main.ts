import { Command, CommanderError } from "commander";
import { describeError, isKubemendError } from "../core/errors.ts";
import { EXIT_FAILED, EXIT_MISUSE, EXIT_OK } from "./terminal/exit.ts";
import packageJson from "../package.json" with { type: "json" };

const INTERNAL = "internal";

/** Each command is loaded when it is asked for: the relay must not carry the sandbox in its memory. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  start: async () => (await import("./start/command.ts")).startCommand(),
  sandbox: async () => (await import("./sandbox/command.ts")).sandboxCommand(),
  relay: async () => (await import("./relay/command.ts")).relayCommand(),
  validate: async () => (await import("./validate/command.ts")).validateCommand(),
  record: async () => (await import("./record/command.ts")).recordCommand(),
  simulate: async () => (await import("./simulate/command.ts")).simulateCommand(),
  resolve: async () => (await import("./resolve/command.ts")).resolveCommand(),
  remediations: async () => (await import("./remediations/command.ts")).remediationsCommand(),
  approve: async () => (await import("./approval/command.ts")).approveCommand(),
  reject: async () => (await import("./approval/command.ts")).rejectCommand(),
  trigger: async () => (await import("./trigger/command.ts")).triggerCommand(),
  redrive: async () => (await import("./redrive/command.ts")).redriveCommand(),
  [INTERNAL]: async () => (await import("./internal/command.ts")).internalCommand(),
};

async function createProgram(asked: string | undefined): Promise<Command> {
  const program = new Command("kubemend")
    .description("Watches a Kubernetes cluster and mends it from AWS Lambda")
    .version(packageJson.version)
    .showHelpAfterError("(see kubemend --help)")
    .addHelpText("after", "\nExit codes: 0 ok, 1 failed, 2 misuse.");
  const names = Object.keys(COMMANDS);
  const wanted = names.filter((name) => name === asked);
  for (const name of wanted.length > 0 ? wanted : names) {
    const command = await COMMANDS[name]?.();
    if (command) program.addCommand(command, { hidden: name === INTERNAL });
  }
  overrideExits(program);
  return program;
}

/** commander ends the process by itself otherwise, with codes of its own. */
function overrideExits(command: Command): void {
  command.exitOverride();
  for (const child of command.commands) overrideExits(child);
}

/** Turns whatever ended the command into one message and an exit code; a stack is for bugs only, and only when asked for. */
function toExitCode(error: unknown): number {
  if (error instanceof CommanderError) {
    // --help and --version are results; all else that commander throws is misuse, and it has printed the reason.
    return error.exitCode === 0 ? EXIT_OK : EXIT_MISUSE;
  }
  process.stderr.write(`kubemend: ${describeError(error)}\n`);
  if (!isKubemendError(error)) {
    process.stderr.write(
      process.env["KUBEMEND_DEBUG"] === undefined
        ? "This is a fault of Kubemend. With KUBEMEND_DEBUG=1 it prints where.\n"
        : `${error instanceof Error ? error.stack : ""}\n`,
    );
  }
  return isKubemendError(error, "InvalidConfiguration") ? EXIT_MISUSE : EXIT_FAILED;
}

// Whoever read our output has had enough, as `| head` does.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(EXIT_OK);
  throw error;
});

try {
  const program = await createProgram(process.argv[2]);
  await program.parseAsync();
} catch (error) {
  process.exitCode = toExitCode(error);
}
