import type { Executor } from "../../../adapters/kubernetes/remediation/executor.ts";
import { findRuleLeftAlone, type LeftAlone } from "../../../core/decide/left-alone.ts";
import { toMessageBindings } from "../../../core/decide/decide.ts";
import { toModeAt } from "../../../core/guards/times/timed-mode.ts";
import { NO_CHAIN, type Chain } from "../../../core/operations/loops/chain.ts";
import type { Rule } from "../../../core/pipeline/pipeline.ts";
import type { WritePlan } from "../../../core/records/plan.ts";
import { planAtWait } from "../../../core/records/wait-before-start.ts";
import type { Catalog } from "../../../core/references/catalog.ts";
import { ok, refuse, type Result } from "../../../core/result.ts";
import { formatDuration } from "../../../core/text/duration.ts";
import type { ChangeMessage } from "../../../events/change.ts";
import type { RemediationRecord } from "../../../events/remediation.ts";
import { planActions } from "../../../functions/remediate/plan/plan-remediation.ts";
import { readTriggerChain } from "../../../functions/remediate/plan/trigger-chain.ts";
import type { ExplainedDecision } from "./decide-change.ts";
import { NotKnown } from "./offline-executor.ts";
import type { SimulatedPlan } from "./simulated-plan.ts";
import { toSimulatedRecord, type RecordInput } from "./simulated-record.ts";

/** A match whose plan is tried and not carried out. */
export type Attempt = {
  readonly rule: Rule;
  /** The record as the rule would request it. */
  readonly requested: RemediationRecord;
  /** The record as a dry run, in which an action that would wait says so. */
  readonly record: RemediationRecord;
  /** The waits before it does anything, in sentences. `planAttempt` adds to them. */
  readonly waits: string[];
  /** When the waits that have a time of their own are over (RFC 3339 ms); absent: at once. */
  readonly startsAt: string | undefined;
};

/** Begins with the waits of the rule. The error is the plan of a match that is refused; undefined if the rule did not match. */
export function beginAttempt(
  decision: ExplainedDecision,
  input: RecordInput,
): Result<Attempt, SimulatedPlan> | undefined {
  const requested = toSimulatedRecord(decision, input);
  if (requested === undefined) return undefined;
  const record = { ...requested, spec: { ...requested.spec, mode: "dryRun" } } as const;
  const { rule } = decision;
  const { message, references } = input;
  const waits = rule.forMs === undefined ? [] : [describeFor(rule.forMs)];
  const start = planAtWait(record, rule, toMessageBindings(message, references));
  if (!start.ok) {
    const { reason: code, message: why } = start.error;
    return refuse({ waits, steps: [], refusal: { code, message: why } });
  }
  if (start.value !== undefined) waits.push(start.value.message);
  if (toModeAt(rule, Date.parse(message.time)) === "approval") {
    waits.push("waits until a person approves what follows");
  }
  const startsAt = toStartsAt(rule.forMs, start.value?.until, message.time);
  return ok({ rule, requested, record, waits, startsAt });
}

/**
 * Plans as remediate does, with its own code and checks, on what the executor reads. The error is the plan of a match that would do nothing,
 * or not yet.
 */
export async function planAttempt(
  { rule, record, waits }: Attempt,
  input: RecordInput & { readonly catalog: Catalog; readonly executor: Executor },
  signal: AbortSignal,
): Promise<Result<WritePlan, SimulatedPlan>> {
  const { pipeline, message, references, catalog, executor } = input;
  const asked = await askOptIn(rule, message, executor);
  if ("refusal" in asked) return refuse({ waits, steps: [], refusal: asked.refusal });
  waits.push(...asked.waits);
  const live = { object: message.data.object, references };
  const context = { record, rule, pipeline, live, catalog, executor, now: message.time };
  const planned = await planActions(context, await readKnownChain(context, signal), signal);
  if (planned.outcome === "plan") return ok(planned.plan);
  const { message: why } = planned.outcome === "end" ? planned.end : planned.wait;
  return refuse({ waits: [...waits, why], steps: [] });
}

/** Whether the object is left alone, as far as its namespace is known. */
async function askOptIn(
  rule: Rule,
  { data }: ChangeMessage,
  executor: Executor,
): Promise<{ readonly refusal: LeftAlone } | { readonly waits: readonly string[] }> {
  const { namespace: name } = data.object.metadata;
  const namespace = name === undefined ? null : await executor.readNamespace(name);
  const refusal = findRuleLeftAlone(rule, data.object, namespace);
  if (refusal !== undefined) return { refusal };
  const { optIn } = rule.guards;
  const isOpen =
    namespace === undefined && findRuleLeftAlone(rule, data.object, null) !== undefined;
  if (!isOpen || optIn === undefined) return { waits: [] };
  const wait = `acts only if the namespace ${name} has the labels ${optIn} (guards.optIn): it is not among the objects that are known here`;
  return { waits: [wait] };
}

/** Both waits begin with the match. */
function toStartsAt(
  forMs: number | undefined,
  until: string | undefined,
  matchedAt: string,
): string | undefined {
  if (forMs === undefined) return until;
  const heldUntil = new Date(Date.parse(matchedAt) + forMs).toISOString();
  return until === undefined || until < heldUntil ? heldUntil : until;
}

function describeFor(forMs: number): string {
  return `waits ${formatDuration(forMs)}, and acts only if the condition has held without a break`;
}

/** The controller of the trigger may be unknown: then its annotations say nothing. */
async function readKnownChain(
  context: Parameters<typeof readTriggerChain>[0],
  signal: AbortSignal,
): Promise<Chain> {
  try {
    return await readTriggerChain(context, signal);
  } catch (error) {
    if (error instanceof NotKnown) return NO_CHAIN;
    throw error;
  }
}
