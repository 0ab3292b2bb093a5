import type { RecordProblem, RemediationRecord } from "../../../events/remediation.ts";
import type { Discovery } from "../../../adapters/kubernetes/api/discovery.ts";
import type { Executor } from "../../../adapters/kubernetes/remediation/executor.ts";
import { findAction } from "../../../core/actions/registry.ts";
import { isKubemendError } from "../../../core/errors.ts";
import { createPlan, type PlannedAction, type WritePlan } from "../../../core/records/plan.ts";
import type { RecordEnd } from "../../../core/records/record-end.ts";
import { findRule } from "../../../core/records/find-rule.ts";
import { createCatalog } from "../../../core/references/create-catalog.ts";
import type { Wait } from "../../../core/records/wait.ts";
import { planAtWait, planForWait } from "../../../core/records/wait-before-start.ts";
import type { Pipeline, Rule } from "../../../core/pipeline/pipeline.ts";
import { isTemporary } from "../../../core/records/is-temporary.ts";
import { readLiveMatch } from "./live-match.ts";
import { toKnownObject } from "./live-trigger.ts";
import { readDepth } from "./loop-depth.ts";
import type { ActionContext } from "./action-context.ts";
import { planAction } from "./plan-action.ts";

export type PlanDeps = {
  readonly executor: Executor;
  readonly discovery: Discovery;
  readonly pipeline: Pipeline;
  /** RFC 3339 ms. */
  readonly now: string;
};

export type PlanOutcome =
  | { readonly outcome: "plan"; readonly plan: WritePlan; readonly rule: Rule }
  | { readonly outcome: "wait"; readonly wait: Wait }
  | { readonly outcome: "end"; readonly end: RecordEnd };

/**
 * Plans a record that has not started, from the function's own rule and the live trigger. The record ends without a plan, and without
 * an alert, if the rule has changed, the trigger was replaced, or the condition no longer holds.
 * If an action is refused, or the API server refuses a read for good, the plan contains the rule's alerts and the problem.
 */
export async function planRemediation(
  record: RemediationRecord,
  deps: PlanDeps,
  signal: AbortSignal,
): Promise<PlanOutcome> {
  const rule = findRule(record, deps.pipeline);
  if (!rule.ok) return { outcome: "end", end: rule.error };
  const early = planForWait(record, rule.value, deps.now);
  if (early !== undefined) return { outcome: "wait", wait: early };
  try {
    const match = await readLiveMatch(record, rule.value, deps, signal);
    if (!match.ok) return { outcome: "end", end: match.error };
    const { live, catalog, bindings } = match.value;
    const start = planAtWait(record, rule.value, bindings);
    if (!start.ok) return { outcome: "end", end: start.error };
    if (start.value !== undefined) return { outcome: "wait", wait: start.value };
    const context = { record, rule: rule.value, live, catalog, ...deps };
    return { outcome: "plan", rule: rule.value, plan: await planActions(context, signal) };
  } catch (error) {
    if (isTemporary(error) || !isKubemendError(error)) throw error;
    const { code, message } = error;
    const problem = { phase: "Failed", code, message } as const;
    const plan = await planAlertsOnly(record, rule.value, deps, problem, signal);
    return { outcome: "plan", rule: rule.value, plan };
  }
}

/** Plans everything before anything is executed: the actions of `then`, and those of `onFailure`. */
async function planActions(context: ActionContext, signal: AbortSignal): Promise<WritePlan> {
  const depth = await readDepth(context, signal);
  const { rule, record } = context;
  const planned: PlannedAction[] = [];
  for (const action of rule.then) {
    planned.push(await planAction(action, context, { depth, stage: 0 }, signal));
  }
  const escalation: PlannedAction[] = [];
  for (const [index, action] of (rule.onFailure ?? []).entries()) {
    escalation.push(await planAction(action, context, { depth, stage: index + 1 }, signal));
  }
  return createPlan({
    actions: planned,
    escalation,
    verify: rule.verify,
    trigger: record.spec.trigger,
  });
}

/** Plans only the rule's alerts, from the record's content, because the cluster could not be read. */
export async function planAlertsOnly(
  record: RemediationRecord,
  rule: Rule,
  deps: PlanDeps,
  problem: RecordProblem,
  signal: AbortSignal,
): Promise<WritePlan> {
  const { trigger, references } = record.spec;
  const live = { object: toKnownObject(trigger), references };
  const context = { record, rule, live, catalog: createCatalog([], "discovery"), ...deps };
  const planned = rule.then.map((action): Promise<PlannedAction> => {
    const isWriting = findAction(action.action)?.remediates !== false;
    return isWriting
      ? Promise.resolve({ outcome: "problem", problem })
      : planAction(action, context, { depth: 0, stage: 0 }, signal);
  });
  return createPlan({ actions: await Promise.all(planned), trigger });
}
