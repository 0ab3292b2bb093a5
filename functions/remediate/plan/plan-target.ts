import { readStoredChain } from "../../../core/operations/loops/chain.ts";
import { isManual } from "../../../core/decide/check-request.ts";
import type { ActionState, Observation } from "../../../core/actions/contract/action.ts";
import { toAddressBeside, toCluster } from "../../../core/actions/contract/cluster.ts";
import { findAction } from "../../../core/actions/registry.ts";
import { KubemendError, isKubemendError } from "../../../core/errors.ts";
import type { FanOutOperation } from "../../../core/operations/fan-out.ts";
import { isTemporary } from "../../../core/records/is-temporary.ts";
import type { TargetEntry } from "../../../core/records/targets/progress.ts";
import type { Catalog } from "../../../core/references/catalog.ts";
import { toResourceName } from "../../../core/references/resource-name.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import { checkReads, checkWrites, type StoredPlanContext } from "./check-authority.ts";
import { findObjectLeftAlone } from "./targets/live-left-alone.ts";
import { judge, nameTarget, type TargetContext } from "./targets/find-targets.ts";
import type { FoundTarget } from "./targets/found-target.ts";

/** The plan for one target. */
export type PlannedTarget =
  | { readonly outcome: "entry"; readonly entry: TargetEntry }
  /** It is as it should be. */
  | { readonly outcome: "unchanged" }
  /** It is gone, or no target any more. */
  | { readonly outcome: "none" }
  | { readonly outcome: "failed"; readonly code: string; readonly message: string }
  /** Its action can do nothing yet. */
  | { readonly outcome: "wait"; readonly reason: string; readonly message: string };

export type PlanTargetContext = TargetContext & {
  readonly pipeline: Pick<Pipeline, "redact">;
  readonly catalog: Catalog;
};

const READ_ROUNDS_MAX = 5;

/**
 * Looks at one target live, and asks the action of the fan-out what to do to it, as it is asked for a single target. Its reach,
 * `whereTarget` and redactions are those of the plan. Throws only temporary failures.
 */
export async function planTarget(
  operation: FanOutOperation,
  target: FoundTarget,
  context: PlanTargetContext,
  signal: AbortSignal,
): Promise<PlannedTarget> {
  try {
    return await plan(operation, target, context, signal);
  } catch (error) {
    if (isTemporary(error) || !isKubemendError(error)) throw error;
    return { outcome: "failed", code: error.code, message: error.message };
  }
}

async function plan(
  operation: FanOutOperation,
  found: FoundTarget,
  context: PlanTargetContext,
  signal: AbortSignal,
): Promise<PlannedTarget> {
  const { executor } = context;
  const collection = operation.collections[found.at.collection];
  const action = findAction(operation.action);
  if (collection === undefined || action === undefined) return toInternal(operation);
  const { namespace, name } = found;
  const target = { ...toAddressBeside(collection, { ...collection, namespace }), name };
  const { cluster } = collection;
  const live = await executor.read({ type: "get", as: "candidate", target }, signal);
  if (live.type !== "object" || live.object === null) return { outcome: "none" };
  if (found.uid !== undefined && live.object.metadata.uid !== found.uid) return { outcome: "none" };
  const uses = await executor.readUses(target, signal);
  const verdict = judge(operation, { object: live.object, uses }, context);
  if (verdict.outcome === "none") return verdict;
  if (verdict.outcome === "refused") {
    const { code, message } = verdict;
    return { outcome: "failed", code, message: `it ${message}` };
  }
  const { optIn } = operation;
  const alone = await findObjectLeftAlone(optIn, live.object, found.namespace, {
    executor,
    signal,
    cluster,
  });
  if (alone !== undefined) return { outcome: "none" };
  const other =
    cluster === undefined
      ? undefined
      : { name: cluster, catalog: await executor.readCatalog(cluster, signal) };
  const planning = { ...context, catalog: other?.catalog ?? context.catalog };
  const observed = new Map<string, Observation>();
  for (let round = 0; round < READ_ROUNDS_MAX; round += 1) {
    const state = toState(operation, found, context, observed);
    const answer = action.next(other === undefined ? state : { ...state, other });
    switch (answer.outcome) {
      case "read": {
        const fault = checkReads(answer.reads, toAuthority(operation, context));
        if (fault !== undefined) return { outcome: "failed", ...fault };
        for (const read of answer.reads) observed.set(read.as, await executor.read(read, signal));
        continue;
      }
      case "done":
        return { outcome: "unchanged" };
      case "wait":
        return { outcome: "wait", reason: answer.reason, message: answer.message };
      case "refused":
        return { outcome: "failed", code: answer.code, message: answer.message };
      case "operations":
        return toEntry(operation, found, answer, planning);
    }
  }
  return toInternal(operation);
}

function toEntry(
  operation: FanOutOperation,
  found: FoundTarget,
  answer: Parameters<typeof checkWrites>[0] & { readonly check?: TargetEntry["check"] },
  context: PlanTargetContext,
): PlannedTarget {
  const [write, ...others] = answer.operations;
  if (write === undefined || others.length > 0) return toInternal(operation);
  if (write.type === "fanOut" || write.type === "onFailure") return toInternal(operation);
  const fault = checkWrites(answer, toAuthority(operation, context));
  if (fault !== undefined) return { outcome: "failed", ...fault };
  const { check } = answer;
  const object = nameTarget(operation, found);
  const entry = { at: found.at, object, state: "planned", operation: write } as const;
  return { outcome: "entry", entry: check === undefined ? entry : { ...entry, check } };
}

/** The checks before each write, by the rule that has made the plan, which may have changed since. */
function toAuthority(
  { reach, whereTarget, filter }: FanOutOperation,
  context: PlanTargetContext,
): StoredPlanContext {
  const isDrain = filter.type === "drain";
  return { ...context, rule: { reach, whereTarget, isDrain } };
}

function toState(
  operation: FanOutOperation,
  found: FoundTarget,
  { record, catalog }: PlanTargetContext,
  observed: ReadonlyMap<string, Observation>,
): ActionState<unknown> {
  const { name, namespace, uid } = record.metadata;
  const { trigger, rule, references } = record.spec;
  const collection = operation.collections[found.at.collection];
  const resource = collection === undefined ? "" : toResourceName(collection);
  const place = {
    ...(found.namespace === null ? {} : { namespace: found.namespace }),
    ...toCluster({ cluster: collection?.cluster }),
  };
  return {
    parameters: { ...operation.parameters, target: { resource, name: found.name, ...place } },
    record: { name, namespace, uid },
    rule: { id: rule.id },
    trigger,
    live: {
      apiVersion: "",
      kind: trigger.kind,
      metadata: { name: trigger.name, uid: trigger.uid },
    },
    references,
    catalog,
    observed,
    now: operation.plannedAt,
    chain: readStoredChain(operation),
    ...(isManual(record) ? { isManual: true } : {}),
    evaluate: (expression) => readValue(operation, expression),
    evaluateText: (expression) => String(readValue(operation, expression)),
  };
}

/** The trigger may be gone by now: its expressions were evaluated when the plan was made. */
function readValue({ values, action }: FanOutOperation, expression: string): unknown {
  if (Object.hasOwn(values, expression)) return values[expression];
  const message = `the plan of ${action} has no value of \`${expression}\``;
  throw new KubemendError("Internal", message, { retryable: false });
}

function toInternal({ action }: FanOutOperation): PlannedTarget {
  const message = `${action} cannot be done to many targets`;
  return { outcome: "failed", code: "Internal", message };
}
