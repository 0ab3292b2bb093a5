/**
 * Runs tasks until all have ended. One that throws stops the others; its error is thrown when they have ended too,
 * so that nothing is left running and what they have in hand is finished.
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
