import type { OpenAlert } from "../../../events/alert-group.ts";
import type { AlertData } from "../../../events/alert.ts";

import { toSeverity } from "../../severity.ts";
import { toLabelHashes } from "./silences.ts";

/** So many earlier alerts of an object are remembered, in case that one of them is sent again. */
const EARLIER_MAX = 2;

/** The object of an alert as its group keeps it, with the marks that it has already. */
export function toOpenAlert(
  data: AlertData,
  {
    id,
    now,
    before,
  }: { readonly id: string; readonly now: string; readonly before?: OpenAlert | undefined },
): OpenAlert {
  const { kind, namespace, name, uid } = data.trigger;
  const earlier = [before?.id, ...(before?.earlier ?? [])]
    .filter((one) => one !== undefined && one !== id)
    .slice(0, EARLIER_MAX) as readonly string[];
  const labels = toLabelHashes(data);
  const { isCollected, silencedBy, wasSent } = before ?? {};
  return {
    id,
    ...(earlier.length === 0 ? {} : { earlier }),
    at: now,
    kind,
    namespace,
    name,
    uid,
    severity: toSeverity(data),
    ...(labels.length === 0 ? {} : { labels }),
    ...(data.record === undefined ? {} : { record: data.record.name }),
    ...(isEvent(data) ? { isEvent: true } : {}),
    ...(isOverAtOnce(data) ? { resolvedAt: now, why: "remediated" as const } : {}),
    ...(isCollected === undefined ? {} : { isCollected }),
    ...(silencedBy === undefined ? {} : { silencedBy }),
    ...(wasSent === undefined ? {} : { wasSent }),
  };
}

/** Whether it reports a remediation that succeeded: nothing is open, although the rule's condition may still hold, as for a failed Job. */
export function isOverAtOnce({ outcome }: AlertData): boolean {
  return outcome?.result === "succeeded";
}

const GONE: ReadonlySet<string> = new Set(["TriggerGone", "TriggerReplaced"]);

/** Whether it says itself that the object is gone: nothing about the object can change any more. */
function isEvent({ problem, change }: AlertData): boolean {
  const isGone = problem !== undefined && GONE.has(problem.code);
  return isGone || change.kind === "deleted" || change.kind === "left";
}
