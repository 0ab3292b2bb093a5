import { sha256, toChangeId, toRecordName } from "../../events/ids.ts";
import type { RecordSpec, RecordStatus, RecordStep } from "../../events/remediation.ts";
import type { MirroredChange, MirroredObject } from "../../events/transfer.ts";
import type { Refusal } from "../../core/mirror/manifest.ts";
import { MIRROR_KEY_PREFIX } from "../../core/records/select-records.ts";
import { toEnded } from "../../core/records/record-end.ts";
import { limitMessage } from "../../core/text/limit-message.ts";

/** One object of a mirror, as its record names it. */
export type MirroredSubject = {
  readonly cluster: { readonly name: string; readonly uid: string };
  readonly rule: { readonly id: string; readonly digest: string };
  /** The target's name. */
  readonly target: string;
  /** As the message names it. Anybody may have written its uid, so the record is not found by that. */
  readonly object: MirroredObject;
  readonly change?: MirroredChange | undefined;
  readonly traceparent: string;
};

/** The spec of the record of a failure. `uid` is that of the live source; undefined if there is none. */
export function toProblemSpec(
  subject: MirroredSubject,
  uid: string | undefined,
  nowMs: number,
): RecordSpec {
  const { cluster, rule, target, change, traceparent } = subject;
  const { group, version, resource, kind, namespaced, namespace, name, resourceVersion } =
    subject.object;
  const objectUid = uid ?? toUidOfNone(subject);
  const compared = {
    id: toChangeId({
      clusterUid: cluster.uid,
      objectUid,
      resourceVersion,
      change: "modified",
    }),
    kind: "modified",
    time: new Date(nowMs).toISOString(),
  } as const;
  const type = { group, version, resource, kind, namespaced };
  return {
    cluster: { name: cluster.name, uid: cluster.uid },
    rule: { id: rule.id, digest: rule.digest },
    onceKey: `${MIRROR_KEY_PREFIX}${target}`,
    mode: "enforce",
    change:
      change === undefined ? compared : { id: change.id, kind: change.kind, time: change.time },
    trigger: { ...type, namespace, name, uid: objectUid, resourceVersion },
    references: [],
    traceparent,
  };
}

/** The text in place of the uid of an object that does not exist: no object ever has it, so the record is about this place only. */
function toUidOfNone({ object: { group, resource, namespace, name } }: MirroredSubject): string {
  return `none-${sha256(group, resource, namespace ?? "", name).slice(0, 20)}`;
}

export function toProblemName({ cluster, rule, trigger, onceKey, mode }: RecordSpec): string {
  return toRecordName({
    clusterUid: cluster.uid,
    ruleId: rule.id,
    objectUid: trigger.uid,
    onceKey,
    mode,
  });
}

/** The target and the place that a record is about: by them it is found again. */
export function toProblemKey({
  onceKey,
  trigger,
}: Pick<RecordSpec, "onceKey" | "trigger">): string {
  return JSON.stringify([onceKey, trigger.namespace, trigger.name]);
}

/** The step of a record that is done when the alerts about this failure have been sent. */
function toAlertStep(code: string): string {
  return `${ALERT_STEPS}${code}`;
}

const ALERT_STEPS = "alert/";
/** The same step in records that are older than steps for each cause. */
const OLD_ALERT_STEP = "alert";

/**
 * The status of a failure; undefined if the record says so already. The alerts about it are still to be sent, unless people were alerted
 * about the same cause since the object failed first: somebody who owns the copy's place may change the cause with each look at it. The
 * record always names the present cause.
 */
export function toFailed(
  status: RecordStatus | undefined,
  { code, message }: Refusal,
  { isAlerting, nowMs }: { readonly isAlerting: boolean; readonly nowMs: number },
): RecordStatus | undefined {
  const before = status?.phase === "Failed" ? status : undefined;
  const known = (before?.steps ?? []).filter((step) => !isPlannedAlert(step));
  const wasAlerted = known.some(({ name }) => name === toAlertStep(code));
  if (before !== undefined && (before.reason === code || wasAlerted)) {
    const present = limitMessage(message);
    const isSame = before.reason === code && before.message === present;
    return isSame ? undefined : toCause(before, { code, message: present });
  }
  const now = new Date(nowMs).toISOString();
  const steps: readonly RecordStep[] = [...known, { name: toAlertStep(code), state: "planned" }];
  const startedAt = before?.startedAt ?? now;
  const begun = { phase: "Running", startedAt, ...(isAlerting ? { steps } : {}) } as const;
  return toEnded(begun, { phase: "Failed", reason: code, message }, now);
}

/** Alerts about another cause that were not sent yet are not sent any more. */
function toCause(status: RecordStatus, { code, message }: Refusal): RecordStatus {
  const isCurrent = (step: RecordStep): boolean =>
    !isPlannedAlert(step) || step.name === toAlertStep(code);
  const steps = status.steps?.filter(isCurrent);
  return { ...status, reason: code, message, ...(steps === undefined ? {} : { steps }) };
}

/** Whether the alerts about a failure have not been sent, as far as the record says. */
export function awaitsAlert(status: RecordStatus | undefined): boolean {
  return status?.phase === "Failed" && status.steps?.some(isPlannedAlert) === true;
}

/** The status after the alerts were sent, or can never be sent because of `failure`; undefined if none were to be sent. */
export function toAlerted(
  status: RecordStatus | undefined,
  failure: Refusal | undefined,
  nowMs: number,
): RecordStatus | undefined {
  if (status === undefined || !awaitsAlert(status)) return undefined;
  const endedAt = new Date(nowMs).toISOString();
  const end =
    failure === undefined
      ? ({ state: "done", endedAt } as const)
      : ({ state: "failed", endedAt, code: failure.code, message: failure.message } as const);
  const steps = status.steps?.map((step) => (isPlannedAlert(step) ? { ...step, ...end } : step));
  return { ...status, steps };
}

function isPlannedAlert({ name, state }: RecordStep): boolean {
  const isAlert = name.startsWith(ALERT_STEPS) || name === OLD_ALERT_STEP;
  return isAlert && state === "planned";
}

/** The status of a failure that is over; undefined if the record says so already. */
export function toMirrored(
  status: RecordStatus | undefined,
  message: string,
  nowMs: number,
): RecordStatus | undefined {
  if (status?.phase === "Succeeded") return undefined;
  const now = new Date(nowMs).toISOString();
  const end = { phase: "Succeeded", reason: "Mirrored", message } as const;
  return toEnded(status ?? { phase: "Running", startedAt: now }, end, now);
}
