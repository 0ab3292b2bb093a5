import type { AlertMessage } from "../../../events/alert.ts";
import type { Executor } from "../../../adapters/kubernetes/remediation/executor.ts";
import type { Rule } from "../../../core/pipeline/pipeline.ts";
import { findRuleLeftAlone, type LeftAlone } from "../../../core/decide/left-alone.ts";
import type { ChangeMessage, KubernetesObject } from "../../../events/change.ts";
import { toModeAt } from "../../../core/guards/times/timed-mode.ts";
import { isKubemendError } from "../../../core/errors.ts";
import { toMessageBindings } from "../../../core/decide/decide.ts";
import { previewStep, type StepPreview } from "../../../core/preview/preview-step.ts";
import type { WriteOperation } from "../../../core/operations/operation.ts";
import { planAtWait } from "../../../core/records/wait-before-start.ts";
import { createRedact } from "../../../core/redaction/redactor.ts";
import type { Catalog } from "../../../core/references/catalog.ts";
import { formatDuration } from "../../../core/text/duration.ts";
import { NO_CHAIN, type Chain } from "../../../core/operations/loops/chain.ts";
import { readTriggerChain } from "../../../functions/remediate/plan/trigger-chain.ts";
import { planActions } from "../../../functions/remediate/plan/plan-remediation.ts";
import type { ExplainedDecision } from "./decide-change.ts";
import { toOfflineEffect } from "./offline-effect.ts";
import { createOfflineExecutor, NotKnown } from "./offline-executor.ts";
import { toOfflineObjects } from "./offline-objects.ts";
import { simulateAlert, type SimulatedAlert } from "./simulate-alert.ts";
import { toSimulatedRecord, type RecordInput } from "./simulated-record.ts";

/** A step, and the alert as its receivers would show it if it is one. */
export type SimulatedStep = StepPreview & { readonly alert?: SimulatedAlert | undefined };

/** The plan of remediate for a match, as far as it can be made without the cluster. */
export type SimulatedPlan = {
  /** The waits before it does anything, in sentences. */
  readonly waits: readonly string[];
  readonly steps: readonly SimulatedStep[];
  /** Why actions without steps have nothing to do. */
  readonly notes?: readonly string[] | undefined;
  /** Why it would do nothing. */
  readonly refusal?: { readonly code: string; readonly message: string } | undefined;
  /** Why the steps are not known, and the command that reads what is missing. */
  readonly missing?: { readonly message: string; readonly command: string } | undefined;
  /** When the waits that have a time of their own are over (RFC 3339 ms); absent: at once. */
  readonly startsAt?: string | undefined;
  /** The messages of its alerts, one for each receiver. */
  readonly messages?: readonly AlertMessage[] | undefined;
};

export type PlanInput = RecordInput & {
  readonly catalog: Catalog;
  /** The objects that the user has named. */
  readonly objects: readonly KubernetesObject[];
};

/**
 * Plans a match as remediate does, with its own code and checks, on the recorded object and those that the user has named. Undefined if the
 * rule did not match.
 */
export async function planMatch(
  decision: ExplainedDecision,
  input: PlanInput,
  signal: AbortSignal,
): Promise<SimulatedPlan | undefined> {
  const requested = toSimulatedRecord(decision, input);
  if (requested === undefined) return undefined;
  // It is only tried, so an action that would wait says so.
  const record = { ...requested, spec: { ...requested.spec, mode: "dryRun" } } as const;
  const { rule } = decision;
  const { pipeline, message, references, catalog } = input;
  const waits = rule.forMs === undefined ? [] : [describeFor(rule.forMs)];
  const start = planAtWait(record, rule, toMessageBindings(message, references));
  if (!start.ok) return { waits, steps: [], refusal: toRefusal(start.error) };
  if (start.value !== undefined) waits.push(start.value.message);
  if (toModeAt(rule, Date.parse(message.time)) === "approval")
    waits.push("waits until a person approves what follows");
  const startsAt = toStartsAt(rule.forMs, start.value?.until, message.time);
  const objects = toOfflineObjects(input.objects, message, references, pipeline);
  const live = { object: message.data.object, references };
  const executor = createOfflineExecutor(objects);
  const context = { record, rule, pipeline, live, catalog, executor, now: message.time };
  try {
    const asked = await askOptIn(rule, message, executor);
    if ("refusal" in asked) return { waits, steps: [], refusal: asked.refusal };
    waits.push(...asked.waits);
    const chain = await readKnownChain(context, signal);
    const planned = await planActions(context, chain, signal);
    if (planned.outcome === "end") {
      return { waits: [...waits, planned.end.message], steps: [] };
    }
    if (planned.outcome === "wait") return { waits: [...waits, planned.wait.message], steps: [] };
    const { operations, problem, notes } = planned.plan;
    const deps = { record, objects, redact: createRedact(pipeline) };
    const messages: AlertMessage[] = [];
    const toStep = async (one: WriteOperation): Promise<SimulatedStep> => {
      const step = previewStep(one, toOfflineEffect(one, deps));
      if (one.type !== "alert") return step;
      const routed = await simulateAlert(one, { ...input, record: requested, problem });
      messages.push(...routed.messages);
      return { ...step, alert: routed.alert };
    };
    const steps: SimulatedStep[] = [];
    for (const one of operations) steps.push(await toStep(one));
    return { waits, steps, notes, refusal: problem, startsAt, messages };
  } catch (error) {
    return { waits, steps: [], startsAt, ...toFault(error) };
  }
}

/** Whether the object is left alone, as far as its namespace is among the named objects. */
export async function askOptIn(
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

export function describeFor(forMs: number): string {
  return `waits ${formatDuration(forMs)}, and acts only if the condition has held without a break`;
}

function toRefusal({ reason, message }: { readonly reason: string; readonly message: string }) {
  return { code: reason, message };
}

function toFault(error: unknown): Pick<SimulatedPlan, "missing" | "refusal"> {
  if (error instanceof NotKnown) {
    return { missing: { message: error.message, command: error.command } };
  }
  if (!isKubemendError(error)) throw error;
  return { refusal: { code: error.code, message: error.message } };
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
