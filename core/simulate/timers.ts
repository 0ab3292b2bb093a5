/** Callbacks that run at their times: in the order of the times, and in the order of the calls if the times are equal. */
export type Timers = {
  /** `atMs` is ms since the epoch. */
  readonly add: (atMs: number, run: () => void) => void;
  /** Runs everything whose time is not after `untilMs`, including callbacks that are added meanwhile. */
  readonly runUntil: (untilMs: number) => void;
};

type Timer = { readonly atMs: number; readonly order: number; readonly run: () => void };

/** A clock that advances only on request: a heap, because a storm adds thousands. */
export function createTimers(): Timers {
  const heap: Timer[] = [];
  let added = 0;
  const swap = (one: number, other: number): void => {
    [heap[one], heap[other]] = [heap[other] as Timer, heap[one] as Timer];
  };
  const rise = (index: number): void => {
    const parent = (index - 1) >> 1;
    if (index === 0 || !isBefore(heap[index], heap[parent])) return;
    swap(index, parent);
    rise(parent);
  };
  const sink = (index: number): void => {
    const [left, right] = [2 * index + 1, 2 * index + 2];
    const child = isBefore(heap[right], heap[left]) ? right : left;
    if (!isBefore(heap[child], heap[index])) return;
    swap(index, child);
    sink(child);
  };
  const takeFirst = (): void => {
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    heap[0] = last;
    sink(0);
  };
  return {
    add(atMs, run) {
      added += 1;
      heap.push({ atMs, order: added, run });
      rise(heap.length - 1);
    },
    runUntil(untilMs) {
      for (let [first] = heap; first !== undefined && first.atMs <= untilMs; [first] = heap) {
        takeFirst();
        first.run();
      }
    },
  };
}

function isBefore(one: Timer | undefined, other: Timer | undefined): boolean {
  if (one === undefined || other === undefined) return one !== undefined;
  return one.atMs === other.atMs ? one.order < other.order : one.atMs < other.atMs;
}
