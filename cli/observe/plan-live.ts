import {
  createReadNamespace,
  type ReadNamespace,
} from "../../adapters/kubernetes/api/namespaces.ts";
import type { KubernetesObject } from "../../events/change.ts";
import type { RecordProblem, RemediationRecord } from "../../events/remediation.ts";
import { createExecutor, type Executor } from "../../adapters/kubernetes/remediation/executor.ts";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { toResourcePath } from "../../adapters/kubernetes/api/path.ts";
import { isKubemendError } from "../../core/errors.ts";
import { toMessageBindings } from "../../core/decide/decide.ts";
import { toModeAt } from "../../core/guards/times/timed-mode.ts";
import type { ObjectAddress, WriteOperation } from "../../core/operations/operation.ts";
import { previewStep } from "../../core/preview/preview-step.ts";
import { readsNamespaceLabels } from "../../core/pipeline/route.ts";
import { planAtWait } from "../../core/records/wait-before-start.ts";
import { createRedact } from "../../core/redaction/redactor.ts";
import type { Catalog } from "../../core/references/catalog.ts";
import { planActions } from "../../functions/remediate/plan/plan-remediation.ts";
import { readTriggerChain } from "../../functions/remediate/plan/trigger-chain.ts";
import type { ExplainedDecision } from "../simulate/decide/decide-change.ts";
import { toOfflineEffect } from "../simulate/decide/offline-effect.ts";
import type { OfflineObjects } from "../simulate/decide/offline-objects.ts";
import { askOptIn, describeFor, type SimulatedPlan } from "../simulate/decide/plan-match.ts";
import { simulateAlert } from "../simulate/decide/simulate-alert.ts";
import { toSimulatedRecord, type RecordInput } from "../simulate/decide/simulated-record.ts";

export type LiveInput = RecordInput & {
  /** Reads only. */
  readonly client: KubernetesClient;
  readonly catalog: Catalog;
};

/**
 * Plans a match as remediate does, with its own code, on what the cluster shows now; nothing is written and no alert is sent. Undefined if
 * the rule did not match.
 */
export async function planLive(
  decision: ExplainedDecision,
  input: LiveInput,
  signal: AbortSignal,
): Promise<SimulatedPlan | undefined> {
  const requested = toSimulatedRecord(decision, input);
  if (requested === undefined) return undefined;
  const record = { ...requested, spec: { ...requested.spec, mode: "dryRun" } } as const;
  const { rule } = decision;
  const { pipeline, message, references, catalog, client } = input;
  const waits = rule.forMs === undefined ? [] : [describeFor(rule.forMs)];
  const start = planAtWait(record, rule, toMessageBindings(message, references));
  if (!start.ok) {
    return {
      waits,
      steps: [],
      refusal: { code: start.error.reason, message: start.error.message },
    };
  }
  if (start.value !== undefined) waits.push(start.value.message);
  if (toModeAt(rule, Date.parse(message.time)) === "approval") {
    waits.push("waits until a person approves what follows");
  }
  const live = { object: message.data.object, references };
  const executor = createExecutor({
    client,
    pipeline,
    sendAlert: async () => {},
    readNamespace: readKnown(client),
  });
  const context = { record, rule, pipeline, live, catalog, executor, now: message.time };
  try {
    const asked = await askOptIn(rule, message, executor);
    if ("refusal" in asked) return { waits, steps: [], refusal: asked.refusal };
    waits.push(...asked.waits);
    const chain = await readTriggerChain(context, signal);
    const planned = await planActions(context, chain, signal);
    if (planned.outcome === "end") return { waits: [...waits, planned.end.message], steps: [] };
    if (planned.outcome === "wait") return { waits: [...waits, planned.wait.message], steps: [] };
    const { operations, problem, notes } = planned.plan;
    const steps = await toSteps(
      operations,
      { ...input, record, requested, problem, executor },
      signal,
    );
    return { waits, steps, notes, refusal: problem };
  } catch (error) {
    signal.throwIfAborted();
    if (!isKubemendError(error)) throw error;
    return { waits, steps: [], refusal: { code: error.code, message: error.message } };
  }
}

type StepInput = LiveInput & {
  readonly executor: Executor;
  readonly record: RemediationRecord;
  /** As the rule would request it, and not as it is tried here. */
  readonly requested: RemediationRecord;
  readonly problem: RecordProblem | undefined;
};

/** Each step with the diff of its object, or with the alert as its receivers would show it. */
async function toSteps(
  operations: readonly WriteOperation[],
  input: StepInput,
  signal: AbortSignal,
): Promise<SimulatedPlan["steps"]> {
  const { pipeline, message, record, requested, problem, executor } = input;
  const objects = await readObjects(operations, executor, signal);
  const deps = { record, objects, redact: createRedact(pipeline) };
  const namespaces = await readNamespace(input, signal);
  const about = { pipeline, message, record: requested, problem, objects: namespaces };
  const toStep = async (one: WriteOperation): Promise<SimulatedPlan["steps"][number]> => {
    const step = previewStep(one, toOfflineEffect(one, deps));
    if (one.type !== "alert") return step;
    const { alert } = await simulateAlert(one, about);
    return { ...step, alert };
  };
  return Promise.all(operations.map(toStep));
}

/** Whoever observes may lack the right to get namespaces, which remediate has: then nothing is known of them. */
function readKnown(client: KubernetesClient): ReadNamespace {
  const read = createReadNamespace({ client, now: () => performance.now() });
  return async (name, signal) => {
    try {
      return await read(name, signal);
    } catch (error) {
      signal?.throwIfAborted();
      if (isKubemendError(error)) return undefined;
      throw error;
    }
  };
}

/** The namespace of the trigger, if routes ask for its labels; none if it cannot be read. */
async function readNamespace(
  { pipeline, message, client }: LiveInput,
  signal: AbortSignal,
): Promise<readonly KubernetesObject[]> {
  const { namespace = "" } = message.data.object.metadata;
  if (namespace === "" || !readsNamespaceLabels(pipeline.route)) return [];
  const path = toResourcePath({
    group: "",
    version: "v1",
    resource: "namespaces",
    namespace: null,
    name: namespace,
  });
  try {
    return [await client.request<KubernetesObject>({ method: "GET", path, signal })];
  } catch (error) {
    signal.throwIfAborted();
    if (isKubemendError(error)) return [];
    throw error;
  }
}

/** The objects that the previews of these steps compare. What cannot be read has no preview. */
async function readObjects(
  operations: readonly WriteOperation[],
  executor: Executor,
  signal: AbortSignal,
): Promise<OfflineObjects> {
  const found = new Map<string, KubernetesObject>();
  for (const target of operations.flatMap(listCompared)) {
    const answer = await executor.read({ type: "get", as: "preview", target }, signal).catch(() => {
      signal.throwIfAborted();
      return undefined;
    });
    if (answer?.type === "object" && answer.object !== null)
      found.set(toKey(target), answer.object);
  }
  return { find: (target) => found.get(toKey(target)), list: () => [] };
}

function listCompared(operation: WriteOperation): readonly ObjectAddress[] {
  if (operation.type === "create") return [operation.specFrom.source];
  if (operation.type === "createManifest") return [operation.target];
  if (operation.type !== "patch") return [];
  return [operation.target, ...(operation.template ? [operation.template.source] : [])];
}

function toKey({ group, resource, namespace, name }: ObjectAddress): string {
  return [group, resource, namespace ?? "", name].join("/");
}
