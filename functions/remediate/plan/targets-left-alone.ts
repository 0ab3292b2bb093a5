import type { KubernetesObject } from "../../../events/change.ts";
import type { AuthorityFault } from "../../../core/decide/authority.ts";
import { hasOptedOut, REMEDIATE_KEY } from "../../../core/decide/left-alone.ts";
import {
  describeAddress,
  toOperationCluster,
} from "../../../core/operations/describe-operation.ts";
import type { WriteOperation } from "../../../core/operations/operation.ts";
import { readJudged, toJudged, toTargets, type StoredPlanContext } from "./check-authority.ts";
import { findObjectLeftAlone } from "./targets/live-left-alone.ts";

/**
 * Why operations are not carried out: the object that they would change, or a namespace in which they would write, has opted out, or has
 * not opted in although the rule asks for that. `target` is the live object that they are about. The trigger itself was checked with its
 * match, and each of many targets is checked before it is written to.
 */
export async function findTargetLeftAlone(
  answer: {
    readonly operations: readonly WriteOperation[];
    readonly target?: KubernetesObject | undefined;
  },
  context: StoredPlanContext,
  signal: AbortSignal,
): Promise<AuthorityFault | undefined> {
  const { executor, rule, record } = context;
  const { target } = answer;
  const { trigger } = record.spec;
  const cluster = findCluster(answer.operations);
  const isTrigger = cluster === undefined && target?.metadata.uid === trigger.uid;
  if (target !== undefined && !isTrigger) {
    const { name, namespace = null } = target.metadata;
    // One that would be created has nobody yet who could opt in.
    const optIn = target.metadata.uid ? rule.guards?.optIn : undefined;
    const reader = { executor, signal, cluster };
    const alone = await findObjectLeftAlone(optIn, target, namespace, reader);
    const what = describeAddress({ kind: target.kind, namespace, name, cluster });
    if (alone !== undefined) return { ...alone, message: `${what}: ${alone.message}` };
  }
  const single = answer.operations.filter(({ type }) => type !== "fanOut");
  const places = new Set(single.flatMap(toTargets).map(({ namespace }) => namespace));
  for (const place of places) {
    if (place === null || (cluster === undefined && place === trigger.namespace)) continue;
    if (!hasOptedOut((await executor.readNamespace(place, signal, cluster)) ?? null)) continue;
    const where = cluster === undefined ? place : `${place} of the cluster ${cluster}`;
    const message = `the namespace ${where} has ${REMEDIATE_KEY}: "false"`;
    return { code: "OptedOut", message };
  }
  return undefined;
}

/** All operations of an action are in one cluster. */
function findCluster(operations: readonly WriteOperation[]): string | undefined {
  const [first] = operations;
  return first === undefined ? undefined : toOperationCluster(first);
}

/** The same for a plan that was stored and has waited, about its targets as they are now. One that was replaced is left to its step. */
export async function findStoredLeftAlone(
  operations: readonly WriteOperation[],
  context: StoredPlanContext,
  signal: AbortSignal,
): Promise<AuthorityFault | undefined> {
  for (const operation of operations) {
    const source = toJudged(operation);
    const isTrigger =
      source?.cluster === undefined && source?.uid === context.record.spec.trigger.uid;
    const target = isTrigger ? undefined : await readJudged(operation, context, signal);
    const fault = await findTargetLeftAlone({ operations: [operation], target }, context, signal);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
