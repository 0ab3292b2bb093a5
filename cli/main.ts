import { Command, CommanderError } from "commander";
import { describeError, isKubemendError } from "../core/errors.ts";
import { EXIT_MISUSE, EXIT_OK } from "./terminal/exit.ts";
import { toPrintable } from "../core/text/printable.ts";
import { findFailureCode } from "./terminal/failure-code.ts";
import { writeJsonError } from "./terminal/json-error.ts";
import { findStopCode, handleEarlyStop, reportStopped } from "./terminal/stop-signal.ts";
import { handleOutputErrors, writeError, writeOutput } from "./terminal/streams.ts";
import packageJson from "../package.json" with { type: "json" };

const INTERNAL = "internal";

/** A command is loaded only when it is used: the relay must not keep the sandbox in its memory. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  start: async () => (await import("./start/command.ts")).startCommand(),
  init: async () => (await import("./init/command.ts")).initCommand(),
  deploy: async () => (await import("./deploy/command.ts")).deployCommand(),
  uninstall: async () => (await import("./deploy/command.ts")).uninstallCommand(),
  doctor: async () => (await import("./doctor/command.ts")).doctorCommand(),
  keys: async () => (await import("./keys/command.ts")).keysCommand(),
  sandbox: async () => (await import("./sandbox/command.ts")).sandboxCommand(),
  relay: async () => (await import("./relay/command.ts")).relayCommand(),
  validate: async () => (await import("./validate/command.ts")).validateCommand(),
  recipes: async () => (await import("./recipes/command.ts")).recipesCommand(),
  record: async () => (await import("./record/command.ts")).recordCommand(),
  simulate: async () => (await import("./simulate/command.ts")).simulateCommand(),
  resolve: async () => (await import("./resolve/command.ts")).resolveCommand(),
  remediations: async () => (await import("./remediations/command.ts")).remediationsCommand(),
  approve: async () => (await import("./approval/command.ts")).approveCommand(),
  reject: async () => (await import("./approval/command.ts")).rejectCommand(),
  silence: async () => (await import("./silence/command.ts")).silenceCommand(),
  pause: async () => (await import("./pause/command.ts")).pauseCommand(),
  resume: async () => (await import("./pause/command.ts")).resumeCommand(),
  mirror: async () => (await import("./mirror/command.ts")).mirrorCommand(),
  diff: async () => (await import("./diff/command.ts")).diffCommand(),
  guards: async () => (await import("./guards/command.ts")).guardsCommand(),
  move: async () => (await import("./move/command.ts")).moveCommand(),
  trigger: async () => (await import("./trigger/command.ts")).triggerCommand(),
  alert: async () => (await import("./alert/command.ts")).alertCommand(),
  "apply-job": async () => (await import("./apply-job/command.ts")).applyJobCommand(),
  redrive: async () => (await import("./redrive/command.ts")).redriveCommand(),
  cost: async () => (await import("./cost/command.ts")).costCommand(),
  [INTERNAL]: async () => (await import("./internal/command.ts")).internalCommand(),
};

async function createProgram(requested: string | undefined): Promise<Command> {
  const program = new Command("kubemend")
    .description("Watches a Kubernetes cluster and mends it from AWS Lambda")
    .version(packageJson.version)
    .showHelpAfterError("(see kubemend --help)")
    .addHelpText(
      "after",
      '\nExit codes: 0 ok, 1 failed, 2 wrong usage, 130 stopped by Ctrl-C, 143 stopped by SIGTERM.\nWith --json an error that ends a command before it has printed anything is printed as {"error": "..."}, too.',
    );
  const names = Object.keys(COMMANDS);
  const chosen = names.filter((name) => name === requested);
  for (const name of chosen.length > 0 ? chosen : names) {
    const command = await COMMANDS[name]?.();
    if (command) program.addCommand(command, { hidden: name === INTERNAL });
  }
  overrideExits(program);
  return program;
}

/** Otherwise commander exits the process itself, with its own codes, and writes what it quotes as it came. */
function overrideExits(command: Command): void {
  command.exitOverride().configureOutput({ writeOut: writeOutput, writeErr: writeError });
  for (const child of command.commands) overrideExits(child);
}

/** Turns what ended the command into one message and an exit code. A stack trace is for bugs only, and only on request. */
function reportFailure(error: unknown): void {
  if (error instanceof CommanderError) {
    // --help and --version are results; everything else that commander throws is misuse, and it has printed the reason.
    process.exitCode = error.exitCode === 0 ? EXIT_OK : EXIT_MISUSE;
    if (error.exitCode !== 0) writeJsonError(describeFailure(error).replace(/^error: /, ""));
    return;
  }
  if (findStopCode() !== undefined) {
    reportStopped();
    return;
  }
  // The faults of a pipeline file read the same in every command, as `validate` prints them.
  const prefix = isKubemendError(error, "InvalidPipeline") ? "" : "kubemend: ";
  const message = describeFailure(error);
  writeError(`${prefix}${message}\n`);
  writeJsonError(message);
  if (!isKubemendError(error)) {
    writeError(
      process.env["KUBEMEND_DEBUG"] === undefined
        ? "This is a bug in Kubemend. Run again with KUBEMEND_DEBUG=1 to see the stack trace.\n"
        : `${error instanceof Error ? error.stack : ""}\n`,
    );
  }
  process.exitCode = isKubemendError(error, "InvalidConfiguration")
    ? EXIT_MISUSE
    : findFailureCode();
}

/**
 * A message that quotes somebody else, such as the API server, is one line; only messages of our own have several. None has colours:
 * what looks like one was quoted from a file.
 */
function describeFailure(error: unknown): string {
  const message = describeError(error);
  const isOurs = isKubemendError(error) && error.status === undefined && error.cause === undefined;
  return isOurs ? message.split("\n").map(toPrintable).join("\n") : toPrintable(message);
}

handleOutputErrors();
handleEarlyStop();
try {
  const program = await createProgram(process.argv[2]);
  await program.parseAsync();
} catch (error) {
  reportFailure(error);
}
