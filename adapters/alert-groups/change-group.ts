import { setTimeout as sleep } from "node:timers/promises";
import type { AlertGroup, AlertGroupStatus } from "../../events/alert-group.ts";
import { toEmptyStatus, type Grouped } from "../../core/alerts/groups/group-of.ts";
import type { GroupStore } from "./group-store.ts";

/** The status that follows from another; the same object if nothing is to be written. */
export type Decide = (status: AlertGroupStatus) => AlertGroupStatus;

export type Changed = {
  /** The status on which the decision was made. */
  readonly before: AlertGroupStatus;
  /** The group as the API server has stored it; undefined if there is none and none is needed. */
  readonly group: AlertGroup | undefined;
};

/**
 * Changes the status of a group, and creates the group if there is none. `decide` is called again if another process has written since,
 * until it succeeds or the signal ends it; only its last answer counts. The state that this process knows is tried first, so
 * that usually one request is enough; but only the newest state of the group can decide that nothing must be written.
 */
export type ChangeGroup = (
  grouped: Grouped,
  decide: Decide,
  signal: AbortSignal,
) => Promise<Changed>;

/** Groups that a process keeps: only small ones, so that they are a few MB together. */
const KEPT_MAX = 500;
const KEPT_OPEN_MAX = 100;

const PAUSE_MAX_MS = 200;

export function createChangeGroup(store: GroupStore): ChangeGroup {
  const kept = new Map<string, AlertGroup>();
  const keep = (group: AlertGroup): void => {
    const { name } = group.metadata;
    kept.delete(name);
    if (group.status.open.length > KEPT_OPEN_MAX) return;
    const [oldest] = kept.keys();
    if (kept.size >= KEPT_MAX && oldest !== undefined) kept.delete(oldest);
    kept.set(name, group);
  };
  return inTurn(async (grouped, decide, signal) => {
    let known: AlertGroup | undefined = kept.get(grouped.name);
    let isFresh = false;
    for (let attempt = 1; ; attempt += 1) {
      signal.throwIfAborted();
      const changed = await attemptChange(store, { grouped, known, isFresh, decide }, signal);
      if (changed !== undefined) {
        if (changed.group === undefined) kept.delete(grouped.name);
        else keep(changed.group);
        return changed;
      }
      if (attempt > 1) await sleep(Math.random() * PAUSE_MAX_MS, undefined, { signal });
      known = await store.read(grouped.name, signal);
      isFresh = true;
    }
  });
}

type Attempt = {
  readonly grouped: Grouped;
  readonly known: AlertGroup | undefined;
  /** Whether it was read for this change. */
  readonly isFresh: boolean;
  readonly decide: Decide;
};

/** Undefined if the group is not in the state that was known. */
async function attemptChange(
  store: GroupStore,
  { grouped, known, isFresh, decide }: Attempt,
  signal: AbortSignal,
): Promise<Changed | undefined> {
  const before = known?.status ?? toEmptyStatus(grouped);
  const status = decide(before);
  if (status === before) return isFresh ? { before, group: known } : undefined;
  const group =
    known === undefined
      ? await store.create(grouped, status, signal)
      : await store.save(known, status, signal);
  return group && { before, group };
}

/** Changes of one group in this process wait for each other: side by side they would only conflict. */
function inTurn(change: ChangeGroup): ChangeGroup {
  const last = new Map<string, Promise<unknown>>();
  return async (grouped, decide, signal) => {
    const { name } = grouped;
    const turn = (last.get(name) ?? Promise.resolve()).then(() => change(grouped, decide, signal));
    const settled = turn.catch(() => {});
    last.set(name, settled);
    try {
      return await turn;
    } finally {
      if (last.get(name) === settled) last.delete(name);
    }
  };
}
