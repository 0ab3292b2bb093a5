/**
 * Maps items with requests: up to `limit` run at once, and the answers come in the order of the items. Items are taken from the source
 * as there is room for them. If the consumer stops early, no rejection is left unhandled.
 */
export async function* mapAhead<T, R>(
  items: Iterable<T>,
  limit: number,
  map: (item: T) => Promise<R>,
): AsyncGenerator<R, void> {
  const asked: Promise<R>[] = [];
  for (const item of items) {
    const answer = map(item);
    answer.catch(() => undefined);
    asked.push(answer);
    if (asked.length < limit) continue;
    const oldest = asked.shift();
    if (oldest !== undefined) yield await oldest;
  }
  for (const answer of asked) yield await answer;
}

/** Reads a source up to `limit` items ahead of the consumer, in order; `prepare` gets each item with the unfinished ones before it. */
export async function* readAhead<T, P>(
  source: AsyncIterator<T>,
  limit: number,
  prepare: (item: T, before: readonly T[]) => P,
): AsyncGenerator<{ readonly item: T; readonly prepared: P }, void> {
  const waiting: { readonly item: T; readonly prepared: P }[] = [];
  /** The item that the consumer is still working on. */
  let taken: T | undefined;
  let changed = Promise.withResolvers<void>();
  let over = false;
  const notify = (): void => {
    changed.resolve();
    changed = Promise.withResolvers();
  };
  const read = async (): Promise<void> => {
    try {
      while (!over) {
        const next = await source.next();
        if (next.done === true) return;
        const before = waiting.map(({ item }) => item);
        const all = taken === undefined ? before : [taken, ...before];
        waiting.push({ item: next.value, prepared: prepare(next.value, all) });
        notify();
        while (waiting.length >= limit && !over) await changed.promise;
      }
    } finally {
      over = true;
      notify();
    }
  };
  const reading = read();
  reading.catch(() => undefined);
  try {
    for (;;) {
      const next = waiting.shift();
      if (next === undefined) {
        if (over) break;
        await changed.promise;
        continue;
      }
      notify();
      taken = next.item;
      yield next;
      taken = undefined;
    }
  } finally {
    over = true;
    notify();
  }
  await reading;
}
