import { KubemendError } from "../../core/errors.ts";
import type { NothingReason } from "../../core/mirror/mirror-decision.ts";
import type { Difference } from "../../core/mirror/find-drift.ts";
import type { Place, Refusal } from "../../core/mirror/manifest.ts";
import { FIELD_MANAGER } from "../../core/operations/managed-fields.ts";
import type { Judged } from "../../functions/transfer/copy/copy-object.ts";

/**
 * - `missing`: the object has no copy.
 * - `stale`: its copy is of an older state of it, or of other parameters of the rule.
 * - `drifted`: somebody has changed the copy.
 * - `orphan`: a copy whose object is gone, or no longer covered by the rule.
 * - `misplaced`: a copy that the rule maps to another place now.
 * - `conflict`: what is at the copy's place is not a copy that may be written.
 * - `refused`: the object cannot be copied as it is.
 * - `waiting`: something in the target has to end first.
 * - `untouched`: the owner of the object does not want it to be copied; a copy that it has may be old. It is shown, and no difference.
 */
export const FINDING_KINDS = [
  "missing",
  "stale",
  "drifted",
  "orphan",
  "misplaced",
  "conflict",
  "refused",
  "waiting",
  "untouched",
] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

/** Whether a finding is a difference: what an owner has left out on purpose is none. */
export function isDifference(kind: FindingKind): boolean {
  return kind !== "untouched";
}

/** An object and its copy that are not equal. */
export type Finding = {
  readonly kind: FindingKind;
  readonly source: Place;
  readonly copy: Place;
  readonly reason?: Refusal | undefined;
  readonly differences?: readonly Difference[] | undefined;
};

/** The finding in a decision about one object; undefined if its copy is as the rule wants it. */
export function toFinding(
  judged: Exclude<Judged, { readonly outcome: "failed" }>,
  places: { readonly source: Place; readonly copy: Place },
): Finding | undefined {
  if (judged.outcome === "retry") {
    const { code, reason: message } = judged;
    return { kind: "waiting", ...places, reason: { code, message } };
  }
  const { decision } = judged;
  switch (decision.outcome) {
    case "create":
      return { kind: "missing", ...places };
    case "update": {
      const { differences, why } = decision;
      if (why === "adopt") return { kind: "conflict", ...places, reason: ADOPTED, differences };
      return { kind: why === "drift" ? "drifted" : "stale", ...places, differences };
    }
    case "delete":
      return decision.recreate
        ? { kind: "stale", ...places, reason: RECREATED }
        : { kind: "orphan", ...places };
    case "nothing": {
      const { reason, differences, writers, optedOut } = decision;
      if (optedOut !== undefined) {
        return { kind: "untouched", ...places, reason: { code: "OptedOut", message: optedOut } };
      }
      return REPORTED.has(reason)
        ? { kind: "drifted", ...places, reason: toReported(writers), differences }
        : undefined;
    }
    case "conflict":
    case "refused": {
      const { code, message, outcome } = decision;
      return { kind: outcome, ...places, reason: { code, message } };
    }
    case "wait": {
      const { message } = decision;
      return { kind: "waiting", ...places, reason: { code: "Terminating", message } };
    }
  }
}

/** The finding about an object that could not be judged. Throws the refusal of a cluster that does not let this user look. */
export function toFailedFinding(
  { code, message }: Refusal,
  places: { readonly source: Place; readonly copy: Place },
): Finding {
  if (code === "Forbidden" || code === "Unauthorized") {
    throw new KubemendError(code, message, { retryable: false });
  }
  return { kind: "refused", ...places, reason: { code, message } };
}

/** The reason of an object that looks like a copy, and does not say of what. */
export const UNRECOGNIZED = "CopyUnrecognized";

/** The finding about an object at this place of the target that has the label of a copy of the rule, and that no object has as its copy. */
export function toUnrecognized(copy: Place): Finding {
  const message =
    "it does not say of which object it is a copy, so nothing deletes it: delete it if it is one, else take the label kubemend.dev/mirrored-by away";
  return { kind: "orphan", source: copy, copy, reason: { code: UNRECOGNIZED, message } };
}

const REPORTED: ReadonlySet<NothingReason> = new Set(["drifted"]);

/** The reason for which a copy stays as it is: who has changed it, and the way back to the values of the object. */
function toReported(writers: readonly string[] = []): Refusal {
  const named = writers.map((name) => (name === FIELD_MANAGER ? "an action of Kubemend" : name));
  const by = named.length === 0 ? "" : `, as ${named.join(", ")} left it`;
  const message = `drift: report leaves it${by}; if the copy is deleted, the next comparison makes it again by its object`;
  return { code: "Reported", message };
}

const ADOPTED = {
  code: "Adopted",
  message: "it is not a copy yet, and conflict: adopt makes it one",
};
const RECREATED = { code: "Recreated", message: "it is made again, because its object was" };
