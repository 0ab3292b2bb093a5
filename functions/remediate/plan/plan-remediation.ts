import type { RemediationRecord } from "../../../events/remediation.ts";
import { isKubemendError } from "../../../core/errors.ts";
import { createPlan, type WritePlan } from "../../../core/records/plan.ts";
import type { PlannedAction } from "../../../core/records/stages/plan-stage.ts";
import type { RecordEnd } from "../../../core/records/record-end.ts";
import { findRule } from "../../../core/records/find-rule.ts";
import { leavesNoMark } from "../../../core/records/stages/record-chain.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { mergeChains, NO_CHAIN, type Chain } from "../../../core/operations/loops/chain.ts";
import type { Wait } from "../../../core/records/wait.ts";
import {
  describeActionWait,
  planActionWait,
  planAtWait,
  planForWait,
  planRestOfFor,
} from "../../../core/records/wait-before-start.ts";
import type { Pipeline, Rule } from "../../../core/pipeline/pipeline.ts";
import { isTemporary } from "../../../core/records/is-temporary.ts";
import { planAlertsOnly } from "./plan-alerts-only.ts";
import { readRecordMatch, type MatchDeps } from "./live-match.ts";
import { readKeptChain, readTriggerChain } from "./trigger-chain.ts";
import type { ActionContext } from "./action-context.ts";
import { planAction, type ActionDecision } from "./plan-action.ts";

export type PlanDeps = MatchDeps & {
  readonly pipeline: Pipeline;
  /** Reads earlier records. */
  readonly client: KubernetesClient;
};

export type PlanOutcome =
  | {
      readonly outcome: "plan";
      readonly plan: WritePlan;
      readonly rule: Rule;
      readonly chain?: Chain;
    }
  | { readonly outcome: "wait"; readonly wait: Wait; readonly chain?: Chain }
  | { readonly outcome: "end"; readonly end: RecordEnd };

/**
 * Plans a record that has not started, from the function's own rule and the live trigger. The record ends without a plan, and without
 * an alert, if the rule has changed, or the trigger is no longer selected or no longer matches.
 * If an action is refused, has waited too long, or the API server refuses a read for good, the plan contains the rule's alerts and the
 * problem.
 */
export async function planRemediation(
  record: RemediationRecord,
  deps: PlanDeps,
  signal: AbortSignal,
): Promise<PlanOutcome> {
  const rule = findRule(record, deps.pipeline);
  if (!rule.ok) return { outcome: "end", end: rule.error };
  try {
    const match = await readRecordMatch(record, rule.value, deps, signal);
    if (!match.ok) return await endUnmatched(record, rule.value, match.error, deps, signal);
    const { live, catalog, bindings } = match.value;
    const context = { record, rule: rule.value, live, catalog, ...deps };
    const marked = mergeChains(readKeptChain(record), await readTriggerChain(context, signal));
    const chain = mergeChains(marked, await readUnmarkedChain(context, deps, signal));
    const held =
      planForWait(record, rule.value, deps.now) ?? planRestOfFor(record, rule.value, deps.now);
    if (held !== undefined) return { outcome: "wait", wait: held, chain };
    const start = planAtWait(record, rule.value, bindings);
    if (!start.ok) return { outcome: "end", end: start.error };
    if (start.value !== undefined) return { outcome: "wait", wait: start.value, chain };
    const planned = await planActions(context, chain, signal);
    return planned.outcome === "end" ? planned : { ...planned, chain };
  } catch (error) {
    if (isTemporary(error) || !isKubemendError(error)) throw error;
    const { code, message } = error;
    const problem = { phase: "Failed", code, message } as const;
    const plan = await planAlertsOnly(record, rule.value, deps, problem, signal);
    return { outcome: "plan", rule: rule.value, plan };
  }
}

/**
 * Plans all actions of `then` before any of them is executed; those of `onFailure` are planned when their stages begin. If an action can
 * do nothing yet, the record waits and nothing is planned, unless another one is refused anyway; a dry run says so instead.
 */
export async function planActions(
  context: ActionContext & { readonly rule: Rule },
  chain: Chain,
  signal: AbortSignal,
): Promise<PlanOutcome> {
  const { rule, record, now } = context;
  const { status = { phase: "Pending" }, spec } = record;
  const decided: ActionDecision[] = [];
  for (const action of rule.then) {
    decided.push(await planAction(action, context, { chain, stage: 0 }, signal));
  }
  const waiting = decided.find((one) => one.outcome === "wait");
  const isRefused = decided.some(({ outcome }) => outcome === "problem");
  const { verify } = rule;
  const plan = (problem: readonly PlannedAction[]): PlanOutcome => {
    const actions = [...decided.filter(isPlanned), ...problem];
    const { trigger } = spec;
    return { outcome: "plan", rule, plan: createPlan({ actions, rule, verify, trigger }) };
  };
  if (waiting === undefined || isRefused) return plan([]);
  if (spec.mode === "dryRun") {
    const message = describeActionWait(waiting, rule);
    return { outcome: "end", end: { phase: "DryRun", reason: "WouldWait", message } };
  }
  const wait = planActionWait(status, waiting, rule, now);
  if (wait.ok) return { outcome: "wait", wait: wait.value };
  return plan([{ outcome: "problem", problem: wait.error }]);
}

/** The records are looked at only by rules whose writes cannot carry the annotations of a chain. */
async function readUnmarkedChain(
  { record, rule, live }: ActionContext & { readonly rule: Rule },
  deps: PlanDeps,
  signal: AbortSignal,
): Promise<Chain> {
  if (!leavesNoMark(rule, live.object)) return NO_CHAIN;
  const { readRecordChain } = await import("./record-chain.ts");
  return readRecordChain(record, live.object, deps, signal);
}

function isPlanned(decision: ActionDecision): decision is PlannedAction {
  return decision.outcome !== "wait";
}

/**
 * A record whose trigger no longer matches ends without an alert, because nothing is wrong any more. One whose trigger is gone is alerted:
 * nobody knows whether it was mended. (Unless it waited for a state to last, which it then did not.)
 */
async function endUnmatched(
  record: RemediationRecord,
  rule: Rule,
  end: RecordEnd,
  deps: PlanDeps,
  signal: AbortSignal,
): Promise<PlanOutcome> {
  const { reason: code, message } = end;
  const isGone = code === "TriggerGone" || code === "TriggerReplaced";
  if (!isGone || rule.forMs !== undefined) return { outcome: "end", end };
  const problem = { phase: "Refused", code, message } as const;
  const plan = await planAlertsOnly(record, rule, deps, problem, signal);
  return { outcome: "plan", rule, plan };
}
