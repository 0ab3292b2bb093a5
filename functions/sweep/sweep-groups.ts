import { listSilences, toSilencePath } from "../../adapters/alert-groups/read-silences.ts";
import { toAlertGroup, toGroupPath } from "../../adapters/alert-groups/group-store.ts";
import type { SendContext } from "../../adapters/alert-groups/send-context.ts";
import type { WakeGroup } from "../../adapters/alert-groups/wake-group.ts";
import { readListPages, withKind } from "../../adapters/kubernetes/api/list-pages.ts";
import { deleteUnchanged } from "../../adapters/kubernetes/api/unchanged.ts";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { planGroupSweep } from "../../core/alerts/groups/plan-group-sweep.ts";
import { isKubemendError } from "../../core/errors.ts";
import { forEachConcurrently } from "../../core/for-each-concurrently.ts";
import { ALERT_GROUP_KIND, type AlertGroup } from "../../events/alert-group.ts";
import { RECORD_API_VERSION } from "../../events/remediation.ts";

export type GroupSweepDeps = {
  readonly client: KubernetesClient;
  readonly namespace: string;
  readonly wake: WakeGroup;
  /** ms since the epoch. */
  readonly now: () => number;
};

/** What one run leaves to the next: the token of the next page. */
export type GroupSweepState = { next?: string | undefined };

export type GroupSweepReport = {
  readonly groups: number;
  readonly woken: number;
  readonly deleted: number;
  /** Groups that could not be read or judged. */
  readonly left: number;
};

/** Groups of a page: one of them may have 400 KB. */
const PAGE = 50;
const CONCURRENCY = 10;
const HEAD = { apiVersion: RECORD_API_VERSION, kind: ALERT_GROUP_KIND };
/** A silence that has ended is kept for this long, so that people can see who silenced which alerts. */
const SILENCE_KEPT_MS = 7 * 24 * 3_600_000;

/**
 * Wakes the groups of alerts that have something to send or open alerts, deletes those that have had none for a day, and silences that
 * ended a week ago. Begins no page after `deadlineMs`; the next run continues there. A group that cannot be read or judged is left.
 * A cluster that does not know groups has none. Throws only if groups cannot be listed.
 */
export async function sweepGroups(
  deps: GroupSweepDeps,
  state: GroupSweepState,
  run: SendContext & { readonly deadlineMs: number },
): Promise<GroupSweepReport> {
  const tally = { groups: 0, woken: 0, deleted: 0, left: 0 };
  const { client, namespace } = deps;
  const selection = { limit: PAGE, continue: state.next };
  const pages = readListPages(client, toGroupPath({ namespace }), selection, run.signal);
  state.next = undefined;
  try {
    for await (const { items, next } of pages) {
      await takePage(items, deps, tally, run);
      if (next !== undefined && deps.now() >= run.deadlineMs) {
        state.next = next;
        return tally;
      }
    }
    await deleteOldSilences(deps, run.signal);
  } catch (error) {
    if (!isKubemendError(error, "NotFound") && !isKubemendError(error, "Expired")) throw error;
  }
  return tally;
}

type Tally = { -readonly [Count in keyof GroupSweepReport]: number };

async function takePage(
  items: readonly unknown[],
  deps: GroupSweepDeps,
  tally: Tally,
  run: SendContext,
): Promise<void> {
  tally.groups += items.length;
  await forEachConcurrently(items, CONCURRENCY, async (item) => {
    try {
      await care(toAlertGroup(withKind(item, HEAD)), deps, tally, run);
    } catch {
      run.signal.throwIfAborted();
      tally.left += 1;
    }
  });
}

async function care(
  group: AlertGroup,
  deps: GroupSweepDeps,
  tally: Tally,
  run: SendContext,
): Promise<void> {
  const now = new Date(deps.now()).toISOString();
  switch (planGroupSweep(group.status, now)) {
    case "leave":
      return;
    case "wake":
      await deps.wake(group, now, run);
      tally.woken += 1;
      return;
    case "delete": {
      const { namespace, name } = group.metadata;
      const path = toGroupPath({ namespace, name });
      const isDeleted = await deleteUnchanged(deps.client, path, group.metadata, run.signal);
      if (isDeleted) tally.deleted += 1;
    }
  }
}

async function deleteOldSilences(deps: GroupSweepDeps, signal: AbortSignal): Promise<void> {
  for (const { metadata, spec } of await listSilences(deps, signal)) {
    if (Date.parse(spec.until) + SILENCE_KEPT_MS > deps.now()) continue;
    const { namespace, name } = metadata;
    await deleteUnchanged(deps.client, toSilencePath({ namespace, name }), metadata, signal);
  }
}
