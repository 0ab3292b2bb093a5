import { ALERT_GROUP_RESOURCE } from "../../../events/alert-group.ts";
import { MOVE_RESOURCE } from "../../../events/moves/move.ts";
import { RECORD_GROUP, RECORD_RESOURCE } from "../../../events/remediation.ts";
import { SILENCE_RESOURCE } from "../../../events/silence.ts";
import type { Permission } from "../../actions/contract/action.ts";
import type { Rule } from "../pipeline.ts";

/** To keep records. */
export const RECORDS: readonly Permission[] = [
  { apiGroups: [RECORD_GROUP], resources: [RECORD_RESOURCE], verbs: ["create", "get", "list"] },
  { apiGroups: [RECORD_GROUP], resources: [`${RECORD_RESOURCE}/status`], verbs: ["update"] },
];

/** To tidy them. */
export const OLD_RECORDS: readonly Permission[] = [
  { apiGroups: [RECORD_GROUP], resources: [RECORD_RESOURCE], verbs: ["list", "delete"] },
  { apiGroups: [RECORD_GROUP], resources: [`${RECORD_RESOURCE}/status`], verbs: ["update"] },
];

/** To count alerts in groups, and to know which are silenced. */
export const ALERT_GROUPS: readonly Permission[] = [
  {
    apiGroups: [RECORD_GROUP],
    resources: [ALERT_GROUP_RESOURCE],
    verbs: ["create", "get", "update"],
  },
  { apiGroups: [RECORD_GROUP], resources: [SILENCE_RESOURCE], verbs: ["list"] },
];

/** To wake groups that have something to send, and to delete those and the silences that are over. */
export const OLD_ALERTS: readonly Permission[] = [
  {
    apiGroups: [RECORD_GROUP],
    resources: [ALERT_GROUP_RESOURCE, SILENCE_RESOURCE],
    verbs: ["list", "delete"],
  },
];

/** To begin moves, and to see how they end. */
export const MOVES: readonly Permission[] = [
  { apiGroups: [RECORD_GROUP], resources: [MOVE_RESOURCE], verbs: ["create", "get"] },
];

/** Whether a rule begins moves. */
export function beginsMoves({ then, onFailure = [] }: Pick<Rule, "then" | "onFailure">): boolean {
  return [...then, ...onFailure].some(({ action }) => action === "move");
}

/** Whether a rule has an action `alert`: then the functions keep groups. */
export function sendsAlerts({ then, onFailure = [] }: Pick<Rule, "then" | "onFailure">): boolean {
  return [...then, ...onFailure].some(({ action }) => action === "alert");
}
