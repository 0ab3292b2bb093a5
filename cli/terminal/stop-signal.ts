/**
 * One AbortSignal for SIGINT and SIGTERM. The first signal asks the command to finish what is in flight; a second one exits the
 * process at once, as users who press Ctrl-C twice expect.
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
