/** Runs works one after the other, in the order in which they were asked for. */
export type SerialQueue = (work: () => Promise<void>) => Promise<void>;

export function createSerialQueue(): SerialQueue {
  let last: Promise<void> = Promise.resolve();
  return (work) => {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  };
}
