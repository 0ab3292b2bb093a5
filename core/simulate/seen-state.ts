import type { ChangeMessage } from "../../events/change.ts";
import { findExclusion, type Decision } from "../decide/decide.ts";
import type { SeenState } from "./guard-simulation.ts";

/**
 * The meaning of a recorded state for the waiting requests of a rule: remediate would look at the live object before it starts them.
 * Undefined if it has none, because the rule does not look at changes of this kind.
 */
export function toSeenState(decision: Decision, message: ChangeMessage): SeenState | undefined {
  const { rule, outcome, recordName } = decision;
  const { change, object } = message.data;
  const head = { rule: rule.id, uid: object.metadata.uid };
  if (outcome === "matched") return { ...head, record: recordName, code: "EpisodeOver" };
  if (change === "deleted" || change === "left") {
    if (rule.ifGone === "act") return undefined;
    return { ...head, code: change === "deleted" ? "TriggerGone" : "NotSelected" };
  }
  if (findExclusion(rule, message) !== undefined) return undefined;
  return { ...head, code: CODES[outcome] };
}

const CODES = {
  notMatched: "ConditionNoLongerHolds",
  unknown: "ConditionUnknown",
  error: "RuleError",
} as const;
