import { loadRareActions as load, RARE_ACTIONS } from "#rare-actions";
import type { Action } from "./contract/action.ts";
import { createJob } from "./createJob/create-job.ts";
import { cordon, uncordon } from "./cordon/cordon.ts";
import { deleteObject } from "./deleteObject/delete-object.ts";
import { emitEvent } from "./emitEvent/emit-event.ts";
import { evictPod } from "./evictPod/evict-pod.ts";
import { annotate, label } from "./label/label.ts";
import { patch } from "./patch/patch.ts";
import { register } from "./targets/register.ts";
import { restartRollout } from "./restartRollout/restart-rollout.ts";
import { rollbackDeployment } from "./rollbackDeployment/rollback-deployment.ts";
import { scale } from "./scale/scale.ts";
import { setResources } from "./setResources/set-resources.ts";
import { resume, suspend } from "./suspend/suspend.ts";
import { taint, untaint } from "./taint/taint.ts";
import { drain } from "./drain/drain.ts";
import { withTargets } from "./targets/with-targets.ts";
import { alert } from "./alert/alert.ts";
import { createJobFromCronJob } from "./createJobFromCronJob/create-job-from-cron-job.ts";

/**
 * Every action by the name that rules use; in the bundles of the functions without the rare ones until they are loaded. The names in rules
 * are untrusted: look them up with `findAction`.
 */
export const ACTIONS: Readonly<Record<string, Action<unknown>>> = {
  createJobFromCronJob: register(createJobFromCronJob),
  createJob: register(createJob),
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
  ...RARE_ACTIONS,
};

/**
 * Matches every pipeline, as JSON, that uses a rare action, and some that do not. To be asked before a function parses its pipeline: only then
 * the rare actions are loaded.
 */
export const RARE_ACTION_NAMES: RegExp = /"(?:applyJob|mirror|move)"/;

/** Loads the rare actions, if they are not in the bundle. */
export async function loadRareActions(): Promise<void> {
  Object.assign(ACTIONS, await load());
}

/** The action of that name; never an inherited property such as `constructor`. */
export function findAction(name: string): Action<unknown> | undefined {
  return Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
}

/** Whether actions of a rule change the cluster: the rule then has a record, and its alerts are steps of that record. */
export function isRemediation(actions: readonly { readonly action: string }[]): boolean {
  return actions.some(({ action }) => findAction(action)?.remediates === true);
}
