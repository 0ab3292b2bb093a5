import { ROLLED_OUT_WITHIN_MS } from "../../../core/actions/contract/workloads.ts";
import { OBJECT_GONE } from "../../../core/actions/contract/object-gone.ts";
import { JOB_COMPLETE } from "../../../core/actions/job/job-complete.ts";
import { MOVED } from "../../../core/actions/move/move.ts";
import type { RuleAction } from "../../../core/pipeline/pipeline.ts";
import { formatDuration } from "../../../core/text/duration.ts";

const JOB = "the Job is complete";
const ROLLOUT = "the rollout is complete";
const GONE = "the object is gone";

/** The effects of the actions that have one to wait for. */
const EFFECTS: Readonly<Record<string, readonly [effect: string, withinMs: number]>> = {
  createJobFromCronJob: [JOB, JOB_COMPLETE.withinMs],
  createJob: [JOB, JOB_COMPLETE.withinMs],
  applyJob: [JOB, JOB_COMPLETE.withinMs],
  restartRollout: [ROLLOUT, ROLLED_OUT_WITHIN_MS],
  rollbackDeployment: [ROLLOUT, ROLLED_OUT_WITHIN_MS],
  setResources: [ROLLOUT, ROLLED_OUT_WITHIN_MS],
  scale: ["all replicas are ready", ROLLED_OUT_WITHIN_MS],
  patch: ["the rollout is complete, if it changes a Pod template", ROLLED_OUT_WITHIN_MS],
  deleteObject: [GONE, OBJECT_GONE.withinMs],
  move: ["everything has moved", MOVED.withinMs],
  evictPod: ["the Pod is gone", OBJECT_GONE.withinMs],
};

/** What `verify: {}` waits for, with the time that the rule or the action gives it. */
export function describeEffects(
  actions: readonly RuleAction[],
  withinMs: number | undefined,
): string {
  const effects = actions.flatMap(({ action }) => {
    const [effect, own] = EFFECTS[action] ?? [];
    if (effect === undefined || own === undefined) return [];
    return [`${effect} within ${formatDuration(withinMs ?? own)}`];
  });
  return effects.length === 0
    ? "Is successful when its actions have been carried out; they have no effect to wait for."
    : `Is successful if ${[...new Set(effects)].join(", and ")}.`;
}
