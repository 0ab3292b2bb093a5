import { toMirrorSteps } from "../../core/simulate/mirror-steps.ts";
import {
  createReadNamespace,
  type ReadNamespace,
} from "../../adapters/kubernetes/api/namespaces.ts";
import type { ChangeMessage, KubernetesObject } from "../../events/change.ts";
import { createExecutor, type Executor } from "../../adapters/kubernetes/remediation/executor.ts";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { isKubemendError, KubemendError } from "../../core/errors.ts";
import type { ObjectAddress, WriteOperation } from "../../core/operations/operation.ts";
import type { Catalog } from "../../core/references/catalog.ts";
import { beginAttempt, planAttempt } from "../simulate/decide/attempt.ts";
import type { ExplainedDecision } from "../simulate/decide/decide-change.ts";
import type { OfflineObjects } from "../simulate/decide/offline-objects.ts";
import { previewSteps } from "../simulate/decide/preview-steps.ts";
import type { SimulatedPlan } from "../simulate/decide/simulated-plan.ts";
import type { RecordInput } from "../simulate/decide/simulated-record.ts";

export type LiveInput = RecordInput & {
  /** Reads only. */
  readonly client: KubernetesClient;
  readonly catalog: Catalog;
};

/**
 * Plans a match as remediate does, with its own code, on what the cluster shows now; nothing is written and no alert is sent. Of a mirror it
 * says what becomes of the copies. Undefined if the rule did not match.
 */
export async function planLive(
  decision: ExplainedDecision,
  input: LiveInput,
  signal: AbortSignal,
): Promise<SimulatedPlan | undefined> {
  const mirrored = toMirrorSteps(decision.rule, input.message);
  if (mirrored !== undefined) return { waits: [], ...mirrored };
  const begun = beginAttempt(decision, input);
  if (begun?.ok !== true) return begun?.error;
  const attempt = begun.value;
  const { waits } = attempt;
  const { pipeline, message, client } = input;
  const executor: Executor = {
    ...createExecutor({
      client,
      pipeline,
      sendAlert: async () => {},
      readNamespace: readKnown(client),
    }),
    readCatalog: refuseOther,
  };
  try {
    const planned = await planAttempt(attempt, { ...input, executor }, signal);
    if (!planned.ok) return planned.error;
    const { operations, notes, problem } = planned.value;
    const compared = await readObjects(operations, executor, signal);
    const objects = await readNamespace(message, executor, signal);
    const known = { pipeline, message, compared, objects };
    const { steps } = await previewSteps(planned.value, attempt, known);
    return { waits, steps, notes, refusal: problem };
  } catch (error) {
    signal.throwIfAborted();
    if (!isKubemendError(error)) throw error;
    if (error.code === "UnknownCluster") return { waits: [...waits, error.message], steps: [] };
    return { waits, steps: [], refusal: { code: error.code, message: error.message } };
  }
}

/** Refuses a cluster other than the one that the user has named, which alone is observed. */
async function refuseOther(cluster: string): Promise<never> {
  const message = `acts in the cluster ${cluster}, which is not looked at from here: kubemend simulate --objects-in ${cluster}=FILE shows what it would do there`;
  throw new KubemendError("UnknownCluster", message, { retryable: false });
}

/** The user may lack the right to get namespaces, which remediate has: then nothing is known of them. */
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

/** The namespace of the trigger, for the routes that ask for its labels; none if it cannot be read. */
async function readNamespace(
  { data }: ChangeMessage,
  executor: Executor,
  signal: AbortSignal,
): Promise<readonly KubernetesObject[]> {
  const { namespace = "" } = data.object.metadata;
  const found = namespace === "" ? undefined : await executor.readNamespace(namespace, signal);
  return found ? [found] : [];
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
