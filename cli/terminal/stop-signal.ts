import { EXIT_INTERRUPTED, EXIT_TERMINATED } from "./exit.ts";
import { writeError } from "./streams.ts";

type StopSignal = "SIGINT" | "SIGTERM";

let received: StopSignal | undefined;
let listeners = 0;

/**
 * One AbortSignal for SIGINT and SIGTERM. The first signal asks the command to finish what is in flight; a second one exits the
 * process at once, as users who press Ctrl-C twice expect.
 */
export function stopSignal(): { readonly signal: AbortSignal } & Disposable {
  const controller = new AbortController();
  const stop = (signal: StopSignal): void => {
    if (controller.signal.aborted) process.exit(toStopCode(signal));
    received = signal;
    controller.abort();
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  listeners += 1;
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      process.off("SIGINT", stop);
      process.off("SIGTERM", stop);
      listeners -= 1;
    },
  };
}

/** The exit code of a command that was stopped before it was done; undefined if no signal has asked it to stop. */
export function findStopCode(): number | undefined {
  return received === undefined ? undefined : toStopCode(received);
}

/** Says that the command was stopped before it was done, and sets its exit code. */
export function reportStopped(): void {
  writeError("Stopped.\n");
  process.exitCode = findStopCode() ?? EXIT_INTERRUPTED;
}

/** Ends the process if a signal comes while the command has nothing to finish. */
export function handleEarlyStop(): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (listeners > 0) return;
      received = signal;
      reportStopped();
      process.exit();
    });
  }
}

/**
 * Resolves as the work does, or rejects with the signal's reason as soon as it aborts, for work that cannot be aborted itself.
 * Afterwards the outcome of the work is ignored.
 */
export async function unlessStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const stopped = Promise.withResolvers<never>();
  const stop = (): void => stopped.reject(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([work, stopped.promise]);
  } finally {
    signal.removeEventListener("abort", stop);
    work.catch(() => {});
  }
}

function toStopCode(signal: StopSignal): number {
  return signal === "SIGINT" ? EXIT_INTERRUPTED : EXIT_TERMINATED;
}
