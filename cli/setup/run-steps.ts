import pc from "picocolors";
import { toPrintable } from "../../core/text/printable.ts";
import { EXIT_FAILED } from "../terminal/exit.ts";
import { writeError } from "../terminal/streams.ts";
import { runCommand } from "./run-command.ts";
import { toStepsFrom, type Step } from "./step.ts";

export type RunOptions = {
  /** The number of the first step to run; of the earlier ones those run whose captured value is still needed. */
  readonly from?: number | undefined;
  /** Says how to continue after a step that failed, given its number. */
  readonly goOn: (number: number) => string;
};

/** What the AWS command line prints for a value that does not exist. */
const NOTHING = ["", "None", "null"];

/**
 * Runs the steps in order, each announced on stderr, and stops at the first that fails: it is named with how to continue, and the exit code is
 * set. If the signal ends a step, the step is named, and the signal's reason is thrown. Returns whether all have succeeded.
 */
export async function runSteps(
  steps: readonly Step[],
  { from = 1, goOn }: RunOptions,
  signal: AbortSignal,
): Promise<boolean> {
  const captured: Record<string, string> = {};
  for (const { number, step } of toStepsFrom(steps, from)) {
    signal.throwIfAborted();
    writeError(`${pc.bold(toPrintable(`[${number}/${steps.length}] ${step.title}`))}\n`);
    writeError(`${pc.dim(toPrintable(`  $ ${step.command}`))}\n`);
    const outcome = await runCommand(step, captured, signal);
    if (signal.aborted) {
      const place = `Stopped in step ${number} of ${steps.length}: ${step.title}.`;
      writeError(`${toPrintable(place)} It can be repeated.\n`);
    }
    signal.throwIfAborted();
    const value = NOTHING.includes(outcome.printed) ? "" : outcome.printed;
    const fault = outcome.fault ?? findMissing(step, value);
    if (fault !== undefined) {
      const failed = `Step ${number} of ${steps.length} failed (${fault}): ${step.title}.`;
      writeError(`${pc.red(toPrintable(failed))} ${goOn(number)}\n`);
      process.exitCode = EXIT_FAILED;
      return false;
    }
    if (step.capture !== undefined) captured[step.capture] = value;
  }
  return true;
}

function findMissing({ capture, mayBeEmpty }: Step, value: string): string | undefined {
  return capture !== undefined && mayBeEmpty !== true && value === ""
    ? "it printed nothing"
    : undefined;
}
