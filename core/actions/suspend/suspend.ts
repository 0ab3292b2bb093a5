import * as v from "valibot";
import { readChangePath } from "../../operations/json-patch.ts";
import type { Action } from "../contract/action.ts";
import { changeTarget, managedSchema, toWanted } from "../contract/change-target.ts";
import { targetSchema, toPatchPermissions, type TargetParameter } from "../contract/target.ts";

export type SuspendParameters = {
  readonly target: TargetParameter;
  readonly managed: "refuse" | "act";
};

const TARGETS = { kinds: { "cronjobs.batch": "CronJob", "jobs.batch": "Job" }, others: true };
const PATH = ["spec", "suspend"];

/** Sets `spec.suspend`, of a CronJob, a Job, or any object that has this field. Resuming what is not suspended is done already. */
function toAction(name: string, suspended: boolean): Action<SuspendParameters> {
  return {
    name,
    schema: v.strictObject({ target: targetSchema(TARGETS), managed: managedSchema }),
    remediates: true,
    targets: TARGETS,
    expressions: [],
    permissions: toPatchPermissions(TARGETS),
    next: (state) =>
      changeTarget(state, { name, ...TARGETS }, ({ object }) => {
        const isSo = (readChangePath(object, PATH) ?? false) === suspended;
        return toWanted({ path: PATH, to: isSo ? readChangePath(object, PATH) : suspended });
      }),
  };
}

export const suspend: Action<SuspendParameters> = toAction("suspend", true);
export const resume: Action<SuspendParameters> = toAction("resume", false);
