import { RECORD_GROUP } from "../../events/remediation.ts";
import { GUARD_RESOURCE } from "../../events/rule-guard.ts";
import type { Permission } from "../actions/contract/action.ts";

const apiGroups = [RECORD_GROUP];

/** To count the remediations that are started, and to read the switch that pauses all rules. */
export const COUNT_IN_GUARDS: readonly Permission[] = [
  { apiGroups, resources: [GUARD_RESOURCE], verbs: ["create", "get", "list"] },
  { apiGroups, resources: [`${GUARD_RESOURCE}/status`], verbs: ["update"] },
];

/** To find the guards whose waiting records nobody has checked. */
export const READ_GUARDS: Permission = { apiGroups, resources: [GUARD_RESOURCE], verbs: ["list"] };
