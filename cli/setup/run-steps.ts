import { spawn } from "node:child_process";
import { once } from "node:events";
import pc from "picocolors";
import { toPrintable } from "../../core/text/printable.ts";
import { describeError } from "../../core/errors.ts";
import { EXIT_FAILED } from "../terminal/exit.ts";
import { writeError } from "../terminal/streams.ts";
import { toStepsFrom, type Step } from "./step.ts";

export type RunOptions = {
  /** The number of the first step to run; of the earlier ones those run whose captured value is still needed. */
  readonly from?: number | undefined;
  /** How to go on after a step that failed, given its number. */
  readonly goOn: (number: number) => string;
};

/** What the AWS command line prints for a value that does not exist. */
const NOTHING = ["", "None", "null"];

/**
 * Runs the steps in order, each announced on stderr, and stops at the first that fails: it is named with how to go on, and the exit code is
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
    const { printed, fault } = await run(step, captured, signal);
    if (signal.aborted) {
      const place = `Stopped in step ${number} of ${steps.length}: ${step.title}.`;
      writeError(`${toPrintable(place)} It can be repeated.\n`);
    }
    signal.throwIfAborted();
    if (fault !== undefined) {
      const failed = `Step ${number} of ${steps.length} failed (${fault}): ${step.title}.`;
      writeError(`${pc.red(toPrintable(failed))} ${goOn(number)}\n`);
      process.exitCode = EXIT_FAILED;
      return false;
    }
    if (step.capture !== undefined) captured[step.capture] = printed;
  }
  return true;
}

type Outcome = { readonly printed: string; readonly fault: string | undefined };

async function run(
  { command, capture }: Step,
  captured: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Outcome> {
  const child = spawn("sh", ["-c", command], {
    // What a step prints is its report; only what it captures is a value.
    stdio: ["inherit", capture === undefined ? process.stderr : "pipe", "inherit"],
    env: { ...process.env, ...captured },
  });
  const stop = (): boolean => child.kill("SIGTERM");
  signal.addEventListener("abort", stop, { once: true });
  try {
    const chunks: Buffer[] = [];
    child.stdout?.on("data", (chunk: Buffer) => chunks.push(chunk));
    const [code, killedBy] = (await once(child, "close")) as [number | null, string | null];
    const printed = Buffer.concat(chunks).toString("utf8").trim();
    if (code !== 0) return { printed, fault: killedBy ?? `exit code ${code}` };
    const isNothing = capture !== undefined && NOTHING.includes(printed);
    return { printed, fault: isNothing ? "it printed nothing" : undefined };
  } catch (error) {
    return { printed: "", fault: describeError(error) };
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
