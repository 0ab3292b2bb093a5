/**
 * Runs tasks until all have ended. A task that throws stops the others; its error is thrown once they have ended too, so that nothing
 * is left running and each finishes what it has begun.
 */
export async function runTogether(
  tasks: readonly ((stop: AbortSignal) => Promise<void>)[],
  signal: AbortSignal,
): Promise<void> {
  const failed = new AbortController();
  const stop = AbortSignal.any([signal, failed.signal]);
  let first: { readonly error: unknown } | undefined;
  await Promise.all(
    tasks.map(async (task) => {
      try {
        await task(stop);
      } catch (error) {
        first ??= { error };
        failed.abort();
      }
    }),
  );
  if (first !== undefined) throw first.error;
}
