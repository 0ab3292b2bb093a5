import type { RecordStatus, RemediationRecord } from "../../events/remediation.ts";
import { isRemediation } from "../actions/registry.ts";
import { readField } from "../json/read-json.ts";
import type { Pipeline, Rule } from "../pipeline/pipeline.ts";
import { toReleased } from "./claim.ts";
import { isEnded } from "./phase.ts";
import { withoutFailures } from "./retry.ts";
import { findWrittenUids } from "./stages/written-objects.ts";
import type { Wait } from "./wait.ts";

/** The onceKey of `kubemend trigger` begins so. */
const MANUAL = "manual/";
/** Conditions of a Job that never change back: an object is one episode. */
const FINAL_CONDITIONS: ReadonlySet<string> = new Set([
  "Complete",
  "Failed",
  "FailureTarget",
  "SuccessCriteriaMet",
]);

/**
 * Whether there may be other records of the same target, so that it is worth a request to find them. Not if the rule has one episode per
 * object and no other rule acts on such objects. A dry run writes nothing, so it neither holds a target nor waits for one.
 */
export function mayShareTarget({ spec }: RemediationRecord, pipeline: Pipeline): boolean {
  if (spec.mode === "dryRun") return false;
  const own = pipeline.rules.find(({ id }) => id === spec.rule.id);
  if (own === undefined || spec.onceKey.startsWith(MANUAL) || !isOnePerObject(own)) return true;
  return pipeline.rules.some(
    (rule) => rule !== own && rule.on.resource === own.on.resource && isRemediation(rule.then),
  );
}

function isOnePerObject({ once, on }: Rule): boolean {
  if (once.type === "object") return true;
  return (
    once.type === "condition" &&
    on.resource === "jobs.batch" &&
    FINAL_CONDITIONS.has(once.condition)
  );
}

/**
 * Whether the first write of a record has started: from then on it holds its target until it ends. One that could not be carried out, as
 * the API server said before, has failed without being started.
 */
export function hasBegun({ plan, steps = [] }: RecordStatus): boolean {
  return steps.some(({ state, startedAt }, index) => {
    const isUntouched = state === "planned" || (state === "failed" && startedAt === undefined);
    return !isUntouched && isWrite(plan?.operations[index]);
  });
}

/** These write nothing to the cluster. */
const READING: ReadonlySet<unknown> = new Set(["alert", "verify", "awaitGone", "onFailure"]);

export function isWrite(operation: unknown): boolean {
  const type = readField(operation, "type");
  return type !== undefined && !READING.has(type);
}

export type Turn =
  | { readonly outcome: "begin"; readonly overtaken: readonly RemediationRecord[] }
  /** Another record has begun. */
  | { readonly outcome: "held"; readonly by: RemediationRecord }
  /** A later record of the same rule exists: it is about the object's present episode. */
  | { readonly outcome: "superseded"; readonly by: RemediationRecord };

/**
 * Whether a record may begin, given all records of its trigger, and those of other triggers that may write to the same objects. Of two
 * records of one rule and trigger that have not begun the older one is overtaken: it ends. All others are done one after the other, in any
 * order.
 */
export function planTurn(
  record: RemediationRecord,
  all: readonly RemediationRecord[],
  writers: readonly RemediationRecord[] = [],
): Turn {
  const isOpen = ({ metadata, spec, status }: RemediationRecord): boolean =>
    metadata.uid !== record.metadata.uid &&
    spec.mode !== "dryRun" &&
    !isEnded(status?.phase ?? "Pending");
  const open = all.filter(isOpen);
  const own = findWrittenUids(record.status ?? {});
  const sharing = writers.filter(
    (other) =>
      isOpen(other) && findWrittenUids(other.status ?? {}).some((uid) => own.includes(uid)),
  );
  const holder = [...open, ...sharing].find(
    ({ status }) => status !== undefined && hasBegun(status),
  );
  if (holder !== undefined) return { outcome: "held", by: holder };
  const rivals = open.filter(({ spec }) => spec.rule.id === record.spec.rule.id);
  const later = rivals.find((rival) => isOlder(record, rival));
  return later === undefined
    ? { outcome: "begin", overtaken: rivals }
    : { outcome: "superseded", by: later };
}

/** By the time of the match, which the relay's clock gives for both; then by name, so that both records decide alike. */
function isOlder(one: RemediationRecord, other: RemediationRecord): boolean {
  const differenceMs = toMatchedMs(one) - toMatchedMs(other);
  return differenceMs === 0 ? one.metadata.name < other.metadata.name : differenceMs < 0;
}

/** A record that was reopened is about a later match than the one that it was created for. */
export function toMatchedMs({ spec, status }: RemediationRecord): number {
  return Date.parse(status?.matchedAt ?? spec.change.time);
}

/** The reason of a record that is Deferred until another record of its target has ended. */
export const TARGET_HELD = "TargetHeld";

/** The status of a record that waits until another one of its target has ended. */
export function toDeferred(
  status: RecordStatus,
  wait: Omit<Wait, "reason">,
  heldBy: string,
): RecordStatus {
  return { ...toHeldBack(status, { ...wait, reason: TARGET_HELD }), heldBy };
}

/** The run that a guard lets start at the end of `deferUntil` may come so much later. After that, the record is not started any more. */
export const HELD_LATE_MS: number = 10 * 60_000;

/** The status of a record that waits until it may begin, without a claim. Nothing of its plan has been done. */
export function toHeldBack(
  status: RecordStatus,
  { until, message, reason }: Omit<Wait, "waitingSince">,
): RecordStatus {
  const released = withoutFailures(toReleased(status));
  const { plan, steps, approvedBy: _approvedBy, heldBy: _heldBy, ...rest } = released;
  // A plan that a person has approved is kept, and checked again before it begins; any other is made again.
  const kept =
    status.preview === undefined
      ? {}
      : { plan, steps: steps?.map(({ name }) => ({ name, state: "planned" as const })) };
  return { ...rest, ...kept, phase: "Deferred", wakeAt: until, reason, message };
}

export function toSuperseded(by: RemediationRecord): {
  readonly phase: "Refused";
  readonly reason: "Superseded";
  readonly message: string;
} {
  const message = `record ${by.metadata.name} is about a later episode of the same object`;
  return { phase: "Refused", reason: "Superseded", message };
}
