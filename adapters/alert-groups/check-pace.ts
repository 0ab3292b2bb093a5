/** The sweep wakes a group once a minute. */
const PACE_MS = 30_000;
const KEPT_MAX = 5_000;

/** Whether the open alerts of a group are to be checked now: at most once in 30 s. True counts as a check. */
export type IsCheckDue = (group: string) => boolean;

/**
 * Remembers when this process checked the open alerts of a group, which costs a request for each of them. A wake-up is not signed, so
 * somebody who may send to the queue can write any number of them.
 */
export function createCheckPace(now: () => number): IsCheckDue {
  const checked = new Map<string, number>();
  return (group) => {
    const nowMs = now();
    const last = checked.get(group);
    if (last !== undefined && nowMs - last < PACE_MS) return false;
    checked.delete(group);
    const [oldest] = checked.keys();
    if (checked.size >= KEPT_MAX && oldest !== undefined) checked.delete(oldest);
    checked.set(group, nowMs);
    return true;
  };
}
