import { UNVERIFIED_CODE } from "../../../core/alerts/groups/group-of.ts";
import type { RecordSpec } from "../../../events/remediation.ts";
import type { RemediationRequest } from "../../../events/request.ts";
import { toRecordName } from "../../../events/ids.ts";
import { toModeAt } from "../../../core/guards/times/timed-mode.ts";
import { MANUAL_KEY_PREFIX } from "../../../core/decide/check-request.ts";
import { findUnshownFields } from "../../../core/decide/changed-fields.ts";
import { findSendersWord } from "../../../core/decide/sender-word.ts";
import { toEvidenceText } from "../../../core/records/messages/evidence.ts";
import { toRecordSpec } from "../../../core/records/messages/record-spec.ts";
import type { Rule } from "../../../core/pipeline/pipeline.ts";
import { readLiveMatch, type MatchDeps } from "../plan/live-match.ts";
import type { LiveTrigger, ReadTrigger } from "../plan/live-trigger.ts";

/** Whether the live cluster bears a request out. */
export type Admission =
  /** It does: this is the record of the episode that the object is in, by the function's own rule. */
  | { readonly outcome: "live"; readonly record: WantedRecord }
  /** The cluster cannot show it: the trigger is gone, or what the request says of its change is only its sender's word. */
  | { readonly outcome: "gone"; readonly record: WantedRecord; readonly problem: Problem }
  /** It does not: the state does not hold any more, or never did. */
  | { readonly outcome: "superseded"; readonly message: string };

type Problem = { readonly code: string; readonly message: string };

export type WantedRecord = { readonly name: string; readonly spec: RecordSpec };

/** Clocks differ by less; what was reported longer ago, or later than now, cannot be believed without a signature. */
const CLOCK_TOLERANCE_MS = 60_000;

type Trust = {
  readonly isSigned: boolean;
  /** Signing keys are configured, and the request is not signed with one of them. */
  readonly isForeign: boolean;
};

/**
 * Asks the live cluster about a request before any record is made, so that a request that is early, late or forged uses no episode up.
 * Mode (by the function's clock), digest, episode, references and the trigger's resource are those of the function and the cluster, never
 * the request's; the time and the id of the change, and what the cluster cannot show of it, count only if the request is signed.
 */
export async function admit(
  request: RemediationRequest,
  rule: Rule,
  deps: MatchDeps & Trust,
  signal: AbortSignal,
): Promise<Admission> {
  const { isSigned } = deps;
  const own = toOwnSpec(request, rule, deps);
  const changeId = isSigned ? own.change.id : undefined;
  const input = { spec: own, rule, matchedAt: own.change.time, changeId };
  const match = await readLiveMatch(input, deps, signal);
  if (!match.ok) {
    // A person gets an answer: a signed manual request has a key of its own, and its record says why it is refused.
    if (isManual(own)) {
      return { outcome: "live", record: toWanted(own, rule) };
    }
    const { reason, message } = match.error;
    const isGone = reason === "TriggerGone" || reason === "TriggerReplaced";
    // A wait that would begin now is broken already.
    if (!isGone || rule.forMs !== undefined) return { outcome: "superseded", message };
    return { outcome: "gone", record: toWanted(own, rule), problem: { code: reason, message } };
  }
  const { live, onceKey } = match.value;
  if (!live.isLive) {
    const { kind, name } = live.trigger;
    const problem = { code: "TriggerGone", message: `${kind} ${name} no longer exists` };
    const fromEvidence = own.evidence === undefined ? {} : { fromEvidence: true };
    return { outcome: "gone", record: toWanted({ ...own, ...fromEvidence }, rule), problem };
  }
  const { loopAnnotations, ...reported } = own.change;
  // Another episode than the reported one may have been caused by what was written since.
  const isReported = onceKey === own.onceKey && loopAnnotations !== undefined;
  const change = {
    ...reported,
    id: match.value.changeId,
    ...(isReported ? { loopAnnotations } : {}),
  };
  const { references } = toRecordSpec(withReferences(request, live));
  const record = toWanted({ ...own, onceKey, change, trigger: live.trigger, references }, rule);
  const unchanged = isManual(own) ? undefined : findUnshownFields(rule, request.data, isSigned);
  if (isSigned && unchanged !== undefined) return { outcome: "superseded", message: unchanged };
  const problem = isSigned ? undefined : findUnshown(rule, own, live, { ...deps, unchanged });
  // Nothing shows that the state has lasted, either.
  if (problem !== undefined && rule.forMs !== undefined) {
    return { outcome: "superseded", message: problem.message };
  }
  return problem === undefined ? { outcome: "live", record } : { outcome: "gone", record, problem };
}

function isManual({ onceKey }: RecordSpec): boolean {
  return onceKey.startsWith(MANUAL_KEY_PREFIX);
}

/** The claim of an unsigned request that the cluster does not show. */
function findUnshown(
  rule: Rule,
  { change }: RecordSpec,
  live: ReadTrigger,
  deps: MatchDeps & Trust & { readonly unchanged: string | undefined },
): Problem | undefined {
  if (deps.unchanged !== undefined) return { code: UNVERIFIED_CODE, message: deps.unchanged };
  if (change.kind === "left") {
    // That it was selected before is nothing that the cluster shows.
    const message = `${live.trigger.kind} ${live.trigger.name} is not in the rule's selection`;
    return { code: "NotSelected", message };
  }
  const message = findSendersWord(rule, change, live, deps);
  return message === undefined ? undefined : { code: UNVERIFIED_CODE, message };
}

function toOwnSpec(
  request: RemediationRequest,
  rule: Rule,
  { isSigned, now }: Trust & { readonly now: string },
): RecordSpec {
  const spec = toRecordSpec(request);
  const { gap, loopAnnotations, ...change } = spec.change;
  const ageMs = Math.abs(Date.parse(now) - Date.parse(change.time));
  const time = isSigned || ageMs <= CLOCK_TOLERANCE_MS ? change.time : now;
  const { id, digest } = rule;
  const evidence = isSigned ? findEvidence(request, rule) : undefined;
  return {
    ...spec,
    rule: { id, digest },
    mode: toModeAt(rule, Date.parse(now)),
    change: {
      ...change,
      time,
      ...(isSigned && gap !== undefined ? { gap } : {}),
      ...(isSigned && loopAnnotations !== undefined ? { loopAnnotations } : {}),
    },
    ...(evidence === undefined ? {} : { evidence }),
  };
}

/** Another version of the rule may have needed other fields; and only a rule that may act on what is gone has a use for it. */
function findEvidence({ data }: RemediationRequest, rule: Rule): string | undefined {
  const mayBeGone = rule.ifGone === "act" || data.change.kind === "deleted";
  if (data.evidence === undefined || !mayBeGone || data.rule.digest !== rule.digest) {
    return undefined;
  }
  return toEvidenceText(data.evidence.object);
}

function withReferences(
  request: RemediationRequest,
  { references }: LiveTrigger,
): RemediationRequest {
  return { ...request, data: { ...request.data, references } };
}

/** The mode of the time is no part of the name, so that an episode has one record. */
function toWanted(spec: RecordSpec, { mode }: Rule): WantedRecord {
  const name = toRecordName({
    clusterUid: spec.cluster.uid,
    ruleId: spec.rule.id,
    objectUid: spec.trigger.uid,
    onceKey: spec.onceKey,
    mode,
  });
  return { name, spec };
}
