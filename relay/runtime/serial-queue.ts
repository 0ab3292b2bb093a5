/** Runs tasks one after the other, in the order in which they were queued. */
export type SerialQueue = (task: () => Promise<void>) => Promise<void>;

export function createSerialQueue(): SerialQueue {
  let last: Promise<void> = Promise.resolve();
  return (task) => {
    const result = last.then(task);
    last = result.catch(() => undefined);
    return result;
  };
}
