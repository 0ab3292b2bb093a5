import type { RecordPhase, RecordStatus, RemediationRecord } from "../../events/remediation.ts";
import { readField } from "../json/read-json.ts";
import { isEnded } from "./phase.ts";

export type ClaimInput = {
  /** Names this run of this executor, and no other. */
  readonly holder: string;
  /** RFC 3339 ms. */
  readonly now: string;
  /** Until the run is certainly over: the time it has left, and some. */
  readonly holdMs: number;
  /** What has changed, where a change is why it is asked. */
  readonly changed?: ChangedPart | undefined;
};

/** The object that a record is about, or one that it has made. */
export type ChangedPart = "trigger" | "target";

export type ClaimPlan =
  /** Save this status under the record's resourceVersion; who succeeds holds the record. */
  | { readonly outcome: "claim"; readonly status: RecordStatus }
  /** Somebody holds it. */
  | { readonly outcome: "held"; readonly until: string }
  /** It waits for a time that has not come. */
  | { readonly outcome: "waiting"; readonly until: string }
  /** It waits for something that is not a run's to give: a guard. */
  | { readonly outcome: "parked"; readonly phase: RecordPhase }
  | { readonly outcome: "ended"; readonly phase: RecordPhase };

/**
 * Decides who may execute a record. An expired claim is taken over in the same way as none is taken: one status update with
 * resourceVersion, so that of two who try one gets a conflict.
 */
export function planClaim(record: RemediationRecord, input: ClaimInput): ClaimPlan {
  const status: RecordStatus = record.status ?? { phase: "Pending" };
  if (isEnded(status.phase)) return { outcome: "ended", phase: status.phase };
  const isEarly = status.phase === "Waiting" && isLater(status.wakeAt, input.now);
  if (isEarly && !canDecide(status, input.changed)) {
    return { outcome: "waiting", until: status.wakeAt ?? input.now };
  }
  if (status.phase === "AwaitingApproval" && record.spec.approval === undefined) {
    if (isLater(status.wakeAt, input.now)) {
      return { outcome: "waiting", until: status.wakeAt ?? input.now };
    }
  }
  if (status.phase === "Deferred") {
    return { outcome: "parked", phase: status.phase };
  }
  const { holder, holdUntil } = status;
  if (holder !== undefined && holder !== input.holder && isLater(holdUntil, input.now)) {
    return { outcome: "held", until: holdUntil ?? input.now };
  }
  return {
    outcome: "claim",
    status: {
      ...status,
      phase: "Running",
      holder: input.holder,
      holdUntil: new Date(Date.parse(input.now) + input.holdMs).toISOString(),
      startedAt: status.startedAt ?? input.now,
    },
  };
}

/**
 * Whether a change decides what a record waits for. `at` is a time that the trigger names; `verify` looks at what was made, or,
 * where nothing is, at the trigger. `for` waits for time alone.
 */
function canDecide({ reason, plan, steps }: RecordStatus, changed?: ChangedPart): boolean {
  if (changed === undefined) return false;
  if (reason === "At") return changed === "trigger";
  if (reason !== "Verifying") return false;
  const verifying = plan?.operations[(steps ?? []).findIndex(({ state }) => state === "started")];
  const isOfTrigger = readField(verifying, "madeBy") === undefined;
  return isOfTrigger === (changed === "trigger");
}

/** Gives a claim back: the next run need not wait until it expires. */
export function toReleased(status: RecordStatus): RecordStatus {
  const { holder: _holder, holdUntil: _holdUntil, ...rest } = status;
  return rest;
}

function isLater(time: string | undefined, than: string): boolean {
  return time !== undefined && Date.parse(time) > Date.parse(than);
}
