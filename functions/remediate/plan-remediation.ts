import type { RecordProblem, RemediationRecord } from "../../events/remediation.ts";
import type { Discovery } from "../../adapters/kubernetes/discovery.ts";
import type { Executor } from "../../adapters/kubernetes/executor.ts";
import { findAction } from "../../core/actions/registry.ts";
import { isKubemendError } from "../../core/errors.ts";
import { createPlan, type PlannedAction, type WritePlan } from "../../core/records/plan.ts";
import type { RecordEnd } from "../../core/records/progress.ts";
import { findRule } from "../../core/records/rule-change.ts";
import type { Catalog } from "../../core/references/catalog.ts";
import { createCatalog } from "../../core/references/create-catalog.ts";
import { refuse, ok, type Result } from "../../core/result.ts";
import { toBindings } from "../../core/rules/bindings.ts";
import { evaluateCondition } from "../../core/rules/condition.ts";
import type { Pipeline, Rule } from "../../core/rules/pipeline.ts";
import { isTemporary } from "./is-temporary.ts";
import {
  findServed,
  readTrigger,
  toKnownObject,
  toRefused,
  type LiveTrigger,
} from "./live-trigger.ts";
import { readDepth } from "./loop-depth.ts";
import { planAction, type ActionContext } from "./plan-action.ts";

export type PlanDeps = {
  readonly executor: Executor;
  readonly discovery: Discovery;
  readonly pipeline: Pipeline;
  /** RFC 3339 ms. */
  readonly now: string;
};

/**
 * Derives the plan of a record that has not begun, from the function's own rule and the live trigger. Refused without a plan
 * where the rule has changed, the trigger is not what it was, or the condition no longer holds: there is nothing to tell.
 * Where an action is refused, or the API server refuses a read for good, the plan holds the rule's alerts and the problem.
 */
export async function planRemediation(
  record: RemediationRecord,
  deps: PlanDeps,
  signal: AbortSignal,
): Promise<Result<WritePlan, RecordEnd>> {
  const rule = findRule(record, deps.pipeline);
  if (!rule.ok) return rule;
  try {
    const catalog = await readCatalog(record, deps.discovery, signal);
    const live = await readTrigger(record, { executor: deps.executor, catalog }, signal);
    if (!live.ok) return live;
    const condition = checkCondition(record, rule.value, live.value, deps.now);
    if (condition !== undefined) return refuse(condition);
    const context = { record, rule: rule.value, live: live.value, catalog, ...deps };
    return ok(createPlan(await planActions(context, signal)));
  } catch (error) {
    if (isTemporary(error) || !isKubemendError(error)) throw error;
    const { code, message } = error;
    return ok(
      await planTelling(record, rule.value, deps, { phase: "Failed", code, message }, signal),
    );
  }
}

/** A resource that is not in the catalog may be younger than it. */
async function readCatalog(
  record: RemediationRecord,
  discovery: Discovery,
  signal: AbortSignal,
): Promise<Catalog> {
  const known = await discovery.catalog(signal);
  return findServed(record.spec.trigger, known) === undefined ? discovery.refresh(signal) : known;
}

/** `where`, on the live object. A deleted one has nothing to be asked. */
function checkCondition(
  record: RemediationRecord,
  rule: Rule,
  live: LiveTrigger,
  now: string,
): RecordEnd | undefined {
  const { change, cluster } = record.spec;
  if (change.kind === "deleted") return undefined;
  const bindings = toBindings({ ...live, change, cluster, now });
  const condition = evaluateCondition(rule, bindings);
  switch (condition.outcome) {
    case "holds":
      return undefined;
    case "fails":
      return toRefused("ConditionNoLongerHolds", "the rule's condition no longer holds");
    case "unknown":
      return toRefused(
        "ConditionUnknown",
        `the rule's condition reads ${condition.path}, which is not there any more`,
      );
    case "error":
      return toRefused("RuleError", `the rule's condition: ${condition.message}`);
  }
}

async function planActions(
  context: ActionContext,
  signal: AbortSignal,
): Promise<readonly PlannedAction[]> {
  const depth = await readDepth(context, signal);
  const planned: PlannedAction[] = [];
  for (const action of context.rule.then) {
    planned.push(await planAction(action, context, depth, signal));
  }
  return planned;
}

/** The rule's alerts alone, told from what the record knows, as the cluster would not answer. */
async function planTelling(
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
      : planAction(action, context, 0, signal);
  });
  return createPlan(await Promise.all(planned));
}
