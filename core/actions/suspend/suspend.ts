import * as v from "valibot";
import { readChangePath } from "../../operations/json-patch.ts";
import type { Action } from "../contract/action.ts";
import { createChangeAction } from "../contract/change-action.ts";
import { managedSchema, toWanted } from "../contract/change-target.ts";
import { targetSchema, type TargetParameter } from "../contract/target.ts";

export type SuspendParameters = {
  readonly target: TargetParameter;
  readonly managed: "refuse" | "act";
};

const TARGETS = { kinds: { "cronjobs.batch": "CronJob", "jobs.batch": "Job" }, others: true };
const PATH = ["spec", "suspend"];

/** Sets `spec.suspend`, of a CronJob, a Job, or any object that has this field. Resuming what is not suspended is done already. */
function toAction(name: string, suspended: boolean): Action<SuspendParameters> {
  return createChangeAction({
    name,
    targets: TARGETS,
    schema: v.strictObject({ target: targetSchema(TARGETS), managed: managedSchema }),
    writes: () => [{ path: PATH, to: suspended }],
    decide: (_state, { object }) => {
      const current = readChangePath(object, PATH);
      return toWanted({ path: PATH, to: (current ?? false) === suspended ? current : suspended });
    },
  });
}

export const suspend: Action<SuspendParameters> = toAction("suspend", true);
export const resume: Action<SuspendParameters> = toAction("resume", false);
