import type { RecordPhase, RecordStatus, RemediationRecord } from "../../events/remediation.ts";
import { readField } from "../json/read-json.ts";
import { isEnded } from "./phase.ts";
import { findDecision } from "./decision.ts";

export type ClaimInput = {
  /** Identifies this run of this executor. */
  readonly holder: string;
  /** RFC 3339 ms. */
  readonly now: string;
  /** How long the claim is held: the time that the run has left, and a margin, so that the run is certainly over then. */
  readonly holdMs: number;
  /** The object that has changed, if a change is the reason for the attempt. */
  readonly changed?: ChangedPart | undefined;
};

/** The object that a record is about, or one that it has created. */
export type ChangedPart = "trigger" | "target";

export type ClaimPlan =
  /** Save this status with the record's resourceVersion. If that succeeds, this run holds the record. */
  | { readonly outcome: "claim"; readonly status: RecordStatus }
  /** Another run holds it. */
  | { readonly outcome: "held"; readonly until: string }
  /** It waits for a time that has not come yet. */
  | { readonly outcome: "waiting"; readonly until: string }
  | { readonly outcome: "ended"; readonly phase: RecordPhase };

/**
 * Decides whether this run may execute a record. An expired claim is taken over in the same way as a free record is claimed: by
 * one status update with the resourceVersion, so that one of two runs that try gets a conflict.
 */
export function planClaim(record: RemediationRecord, input: ClaimInput): ClaimPlan {
  const status: RecordStatus = record.status ?? { phase: "Pending" };
  if (isEnded(status.phase)) return { outcome: "ended", phase: status.phase };
  const isEarly = status.phase === "Waiting" && isLater(status.wakeAt, input.now);
  if (isEarly && !canEndWait(status, input.changed)) {
    return { outcome: "waiting", until: status.wakeAt ?? input.now };
  }
  if (status.phase === "AwaitingApproval" && findDecision(record) === undefined) {
    if (isLater(status.wakeAt, input.now)) {
      return { outcome: "waiting", until: status.wakeAt ?? input.now };
    }
  }
  const { holder, holdUntil } = status;
  if (holder !== undefined && holder !== input.holder && isLater(holdUntil, input.now)) {
    return { outcome: "held", until: holdUntil ?? input.now };
  }
  const isInterrupted = holder !== undefined && holder !== input.holder;
  return {
    outcome: "claim",
    status: {
      ...(isInterrupted ? toInterrupted(status, input.now) : status),
      phase: "Running",
      holder: input.holder,
      holdUntil: new Date(Date.parse(input.now) + input.holdMs).toISOString(),
      startedAt: status.startedAt ?? input.now,
    },
  };
}

/**
 * Whether a change may end the wait of a record before its time. `at` is a time that the trigger states; `verify` reads the
 * object that was created or, if none was, the trigger. `for` ends early if the object no longer matches. An action that waits is asked
 * again.
 */
function canEndWait(status: RecordStatus, changed?: ChangedPart): boolean {
  const { reason, plan, steps, waitingSince } = status;
  if (changed === undefined) return false;
  // An action that can do nothing yet looks at the trigger and at what it refers to.
  if (waitingSince !== undefined && reason !== "Retrying") return true;
  // A request is made of a state that matches, a wake-up of one that does not: then the live object decides whether the wait is broken.
  if (reason === "For") return changed === "target";
  if (reason === "At") return changed === "trigger";
  if (reason !== "Verifying") return false;
  const verifying = plan?.operations[(steps ?? []).findIndex(({ state }) => state === "started")];
  const isOfTrigger = readField(verifying, "madeBy") === undefined;
  return isOfTrigger === (changed === "trigger");
}

/** Releases a claim, so that the next run need not wait until it expires. */
export function toReleased(status: RecordStatus): RecordStatus {
  const { holder: _holder, holdUntil: _holdUntil, ...rest } = status;
  return rest;
}

/** A claim that expired was held by a run that died: that is a failed attempt too, so that what kills every run ends. */
function toInterrupted(status: RecordStatus, now: string): RecordStatus {
  const attempts = (status.attempts ?? 0) + 1;
  const message = `run ${status.holder ?? ""} ended without saving what it had done`;
  const cause = { code: "Interrupted", message };
  return { ...status, attempts, cause, failingSince: status.failingSince ?? now };
}

function isLater(time: string | undefined, than: string): boolean {
  return time !== undefined && Date.parse(time) > Date.parse(than);
}
