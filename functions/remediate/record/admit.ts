import type { RecordSpec } from "../../../events/remediation.ts";
import type { RemediationRequest } from "../../../events/request.ts";
import { toRecordName } from "../../../events/ids.ts";
import { MANUAL_KEY_PREFIX } from "../../../core/decide/check-request.ts";
import { toRecordSpec } from "../../../core/records/record-spec.ts";
import type { Rule } from "../../../core/pipeline/pipeline.ts";
import { readLiveMatch, type MatchDeps } from "../plan/live-match.ts";
import type { LiveTrigger } from "../plan/live-trigger.ts";

/** Whether the live cluster bears a request out. */
export type Admission =
  /** It does: this is the record of the episode that the object is in, by the function's own rule. */
  | { readonly outcome: "live"; readonly record: WantedRecord }
  /** The cluster cannot show it, because the trigger is gone. The record is that of the episode that was asked for. */
  | { readonly outcome: "gone"; readonly record: WantedRecord; readonly problem: Problem }
  /** It does not: the state does not hold any more, or never did. */
  | { readonly outcome: "superseded"; readonly message: string };

type Problem = { readonly code: string; readonly message: string };

export type WantedRecord = { readonly name: string; readonly spec: RecordSpec };

/** Clocks differ by less; what was reported longer ago, or later than now, cannot be believed without a signature. */
const CLOCK_TOLERANCE_MS = 60_000;

/**
 * Asks the live cluster about a request before any record is made, so that a request that is early, late or forged uses no episode up.
 * Mode, digest, episode, references and the trigger's resource are those of the function and the cluster, never the request's; the time
 * and the id of the change are the request's only if it is signed.
 */
export async function admit(
  request: RemediationRequest,
  rule: Rule,
  deps: MatchDeps & { readonly isSigned: boolean },
  signal: AbortSignal,
): Promise<Admission> {
  const { isSigned } = deps;
  const own = toOwnSpec(request, rule, deps);
  // Without evidence nothing shows that `where` held, nor how deep in a chain of remediations the object was: then only alerts go.
  const isDecidable = isSigned && rule.ifGone === "act" && deps.evidence !== undefined;
  const asked = isDecidable ? { ...own, fromEvidence: true } : own;
  const changeId = isSigned ? own.change.id : undefined;
  const input = { spec: asked, rule, matchedAt: own.change.time, changeId };
  const match = await readLiveMatch(input, deps, signal);
  if (!match.ok) {
    // A person gets an answer: a signed manual request has a key of its own, and its record says why it is refused.
    if (own.onceKey.startsWith(MANUAL_KEY_PREFIX)) {
      return { outcome: "live", record: toWanted(own) };
    }
    const { reason, message } = match.error;
    const isGone = reason === "TriggerGone" || reason === "TriggerReplaced";
    // A wait that would begin now is broken already.
    if (!isGone || rule.forMs !== undefined) return { outcome: "superseded", message };
    return { outcome: "gone", record: toWanted(own), problem: { code: reason, message } };
  }
  const { live, onceKey } = match.value;
  if (!live.isLive) {
    const { kind, name } = live.trigger;
    const problem = { code: "TriggerGone", message: `${kind} ${name} no longer exists` };
    return { outcome: "gone", record: toWanted(asked), problem };
  }
  const change = { ...own.change, id: match.value.changeId };
  const { references } = toRecordSpec(withReferences(request, live));
  const record = toWanted({ ...own, onceKey, change, trigger: live.trigger, references });
  if (own.change.kind !== "left" || isSigned) return { outcome: "live", record };
  // That it was selected before is nothing that the cluster shows.
  const message = `${live.trigger.kind} ${live.trigger.name} is not in the rule's selection`;
  return { outcome: "gone", record, problem: { code: "NotSelected", message } };
}

function toOwnSpec(
  request: RemediationRequest,
  rule: Rule,
  { isSigned, now }: { readonly isSigned: boolean; readonly now: string },
): RecordSpec {
  const spec = toRecordSpec(request);
  const { change } = spec;
  const ageMs = Math.abs(Date.parse(now) - Date.parse(change.time));
  const time = isSigned || ageMs <= CLOCK_TOLERANCE_MS ? change.time : now;
  const { id, digest, mode } = rule;
  return { ...spec, rule: { id, digest }, mode, change: { ...change, time } };
}

function withReferences(
  request: RemediationRequest,
  { references }: LiveTrigger,
): RemediationRequest {
  return { ...request, data: { ...request.data, references } };
}

function toWanted(spec: RecordSpec): WantedRecord {
  const name = toRecordName({
    clusterUid: spec.cluster.uid,
    ruleId: spec.rule.id,
    objectUid: spec.trigger.uid,
    onceKey: spec.onceKey,
    mode: spec.mode,
  });
  return { name, spec };
}
