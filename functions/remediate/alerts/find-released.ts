import type { AlertGroup, OpenAlert } from "../../../events/alert-group.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import type { RecordStore } from "../../../adapters/kubernetes/remediation/records.ts";
import type { AlertEnd } from "../../../core/alerts/groups/continue-group.ts";
import { isGuarded } from "../../../core/records/guards/guarded.ts";
import { isAnyWaiting } from "../guards/waiting.ts";

export type FindReleasedDeps = {
  readonly client: KubernetesClient;
  readonly records: Pick<RecordStore, "read">;
};

/** So many records are read before all of the rule are listed. */
const READ_MAX = 10;

/**
 * The alerts of a group about remediations that a guard holds back: all of them end at once, when none of the rule in this namespace is
 * held back any more. A group knows only some of the records: each process reports only the first.
 */
export async function findReleased(
  { metadata, spec }: AlertGroup,
  open: readonly OpenAlert[],
  deps: FindReleasedDeps,
  signal: AbortSignal,
): Promise<readonly AlertEnd[]> {
  if (open.length === 0) return [];
  for (const { record } of open.slice(0, READ_MAX)) {
    const found = record === undefined ? undefined : await deps.records.read(record, signal);
    if (isGuarded(found?.status)) return [];
  }
  const place = { client: deps.client, namespace: metadata.namespace };
  const isAny = await isAnyWaiting(place, { rule: spec.rule, namespace: spec.key }, signal);
  // As long as that is not known, the alerts stay open.
  return isAny !== false ? [] : open.map(({ id }) => ({ id, why: "released" }));
}
