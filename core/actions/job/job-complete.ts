import type { EffectCheck } from "../contract/action.ts";

/** A Job has had its effect if it is complete. That it has failed for good ends every verification of a Job at once. */
export const JOB_COMPLETE: EffectCheck = {
  expression:
    'has(object.status.conditions) && object.status.conditions.exists(c, c.type == "Complete" && c.status == "True")',
  withinMs: 60 * 60_000,
};
