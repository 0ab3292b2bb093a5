import type { WatchStatus } from "./watch-status.ts";

/** The state of the run in progress that metrics and health server show. The relay keeps it up to date. */
export type RunState = {
  /** The state of each watch. */
  readonly statuses: Map<string, WatchStatus>;
  /** When each checkpoint last moved, on the monotonic clock. */
  readonly checkpointMovedAtMs: Map<string, number>;
  /** Changes that were read and not yet accepted by the queue. */
  buffered: () => { readonly objects: number; readonly bytes: number };
};

export function createRunState(statuses: Iterable<readonly [string, WatchStatus]> = []): RunState {
  return {
    statuses: new Map(statuses),
    checkpointMovedAtMs: new Map(),
    buffered: () => ({ objects: 0, bytes: 0 }),
  };
}
