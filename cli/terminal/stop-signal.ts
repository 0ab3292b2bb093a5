/**
 * One AbortSignal for SIGINT and SIGTERM. The first signal asks the command to finish what is in flight;
 * a second one ends the process at once, as a user expects who presses Ctrl-C twice.
 */
export function stopSignal(): { readonly signal: AbortSignal } & Disposable {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      process.off("SIGINT", stop);
      process.off("SIGTERM", stop);
    },
  };
}
