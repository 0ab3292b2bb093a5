import * as v from "valibot";
import { isObject } from "../json/read-json.ts";
import type { Action } from "./contract/action.ts";
import { applyJob } from "./applyJob/apply-job.ts";
import { createJob } from "./createJob/create-job.ts";
import { cordon, uncordon } from "./cordon/cordon.ts";
import { deleteObject } from "./deleteObject/delete-object.ts";
import { emitEvent } from "./emitEvent/emit-event.ts";
import { evictPod } from "./evictPod/evict-pod.ts";
import { annotate, label } from "./label/label.ts";
import { patch } from "./patch/patch.ts";
import { restartRollout } from "./restartRollout/restart-rollout.ts";
import { rollbackDeployment } from "./rollbackDeployment/rollback-deployment.ts";
import { scale } from "./scale/scale.ts";
import { setResources } from "./setResources/set-resources.ts";
import { resume, suspend } from "./suspend/suspend.ts";
import { taint, untaint } from "./taint/taint.ts";
import { drain } from "./drain/drain.ts";
import { withTargets } from "./targets/with-targets.ts";
import { alert } from "./alert/alert.ts";
import { mirror } from "./mirror/mirror.ts";
import { createJobFromCronJob } from "./createJobFromCronJob/create-job-from-cron-job.ts";

/** Every action by the name that rules use. The names in rules are untrusted: look them up with `findAction`. */
export const ACTIONS: Readonly<Record<string, Action<unknown>>> = {
  createJobFromCronJob: register(createJobFromCronJob),
  createJob: register(createJob),
  applyJob: register(applyJob),
  restartRollout: register(withTargets(restartRollout)),
  rollbackDeployment: register(withTargets(rollbackDeployment)),
  scale: register(withTargets(scale)),
  setResources: register(withTargets(setResources)),
  suspend: register(withTargets(suspend)),
  resume: register(withTargets(resume)),
  cordon: register(withTargets(cordon)),
  uncordon: register(withTargets(uncordon)),
  taint: register(withTargets(taint)),
  untaint: register(withTargets(untaint)),
  label: register(withTargets(label)),
  annotate: register(withTargets(annotate)),
  patch: register(withTargets(patch)),
  deleteObject: register(withTargets(deleteObject)),
  evictPod: register(withTargets(evictPod)),
  drain: register(drain),
  emitEvent: register(withTargets(emitEvent)),
  alert: register(alert),
  mirror: register(mirror),
};

/** The action of that name; never an inherited property such as `constructor`. */
export function findAction(name: string): Action<unknown> | undefined {
  return Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
}

/** Whether actions of a rule change the cluster: the rule then has a record, and its alerts are steps of that record. */
export function isRemediation(actions: readonly { readonly action: string }[]): boolean {
  return actions.some(({ action }) => findAction(action)?.remediates === true);
}

/**
 * Erases the type of the parameters: each call parses them with the schema of the action. As parsing is idempotent and fills in
 * the defaults, parameters may be passed as they are written in a rule.
 */
function register<P>(own: Action<P>): Action<unknown> {
  const action = own as Action<unknown>;
  const { writes } = action;
  const read = (parameters: unknown): unknown =>
    v.parse(findSchema(action, parameters), parameters);
  return {
    ...action,
    permissions: (parameters, on) => action.permissions(read(parameters), on),
    ...(writes === undefined ? {} : { writes: (parameters) => writes(read(parameters)) }),
    next: (state) => action.next({ ...state, parameters: read(state.parameters) }),
  };
}

/** The schema for parameters as they are written: with one target, or with many. */
export function findSchema(
  { schema, many }: Pick<Action<unknown>, "schema" | "many">,
  parameters: unknown,
): v.GenericSchema {
  const hasMany = isObject(parameters) && Object.hasOwn(parameters, "targets");
  return many !== undefined && hasMany ? many : schema;
}
