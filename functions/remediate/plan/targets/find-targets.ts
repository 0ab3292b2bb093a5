import type { KubernetesObject } from "../../../../events/change.ts";
import type { RemediationRecord } from "../../../../events/remediation.ts";
import type { Executor } from "../../../../adapters/kubernetes/remediation/executor.ts";
import { judgeTarget } from "../../../../core/actions/judge-target.ts";
import type { Uses } from "../../../../core/actions/targets/uses-object.ts";
import type { Verdict } from "../../../../core/actions/targets/verdict.ts";
import { isUnnamedTarget } from "../../../../core/pipeline/system-namespaces.ts";
import { toBindings } from "../../../../core/decide/bindings.ts";
import {
  describeAddress,
  toOperationCluster,
} from "../../../../core/operations/describe-operation.ts";
import type { FanOutOperation } from "../../../../core/operations/fan-out.ts";
import { comparePlaces } from "../../../../core/records/targets/turns.ts";
import { boundNamespaces } from "./bound-namespaces.ts";
import { findObjectLeftAlone } from "./live-left-alone.ts";
import type { FoundTarget } from "./found-target.ts";
import { createScanBudget, type ScanBudget } from "./scan-budget.ts";

export type TargetContext = {
  readonly record: RemediationRecord;
  readonly executor: Executor;
  /** RFC 3339 ms. */
  readonly now: string;
};

/** The targets of a fan-out, of all objects that its selectors select. */
export type TargetSearch = {
  /** In the order in which they are taken. */
  readonly found: readonly FoundTarget[];
  readonly seen: number;
  /** Objects that are no targets because a field that the condition needs is missing. */
  readonly unjudged: number;
};

/** The targets of a fan-out as they are now. */
export async function findTargets(
  operation: FanOutOperation,
  context: TargetContext,
  signal: AbortSignal,
): Promise<readonly FoundTarget[]> {
  return (await searchTargets(operation, context, signal)).found;
}

/**
 * The same, with the number of objects that are none. Only names are kept in memory. What the condition may cost is bounded, for all objects
 * and for those of one namespace: an object that is beyond it is refused with TooExpensive.
 */
export async function searchTargets(
  operation: FanOutOperation,
  context: TargetContext,
  signal: AbortSignal,
): Promise<TargetSearch> {
  const found: FoundTarget[] = [];
  const isShared = operation.collections.some(({ namespace }) => namespace === null);
  const budget = createScanBudget(isShared);
  const cluster = toOperationCluster(operation);
  const reader = { executor: context.executor, signal, cluster };
  let [seen, unjudged] = [0, 0];
  for (const [collection, selection] of operation.collections.entries()) {
    const visit = async (object: KubernetesObject, uses: Uses): Promise<void> => {
      await budget.pause();
      signal.throwIfAborted();
      if (isUnnamed(operation, object, context)) return;
      const verdict = judgeWithin(budget, operation, { object, uses }, context);
      seen += 1;
      if (verdict.outcome === "none") {
        if (verdict.isUnjudged === true) unjudged += 1;
        return;
      }
      const { name, namespace = null } = object.metadata;
      const { optIn } = operation;
      if ((await findObjectLeftAlone(optIn, object, namespace, reader)) !== undefined) return;
      const key = `${namespace ?? ""}/${name}`;
      const refusal =
        verdict.outcome === "refused"
          ? { refusal: { code: verdict.code, message: verdict.message } }
          : {};
      found.push({ at: { collection, key }, namespace, name, ...refusal });
    };
    await context.executor.scan(selection, visit, signal);
  }
  const bounded = boundNamespaces(operation, found);
  return { found: bounded.toSorted((a, b) => comparePlaces(a.at, b.at)), seen, unjudged };
}

/** An object in a namespace that the rule would have to name is no target. A Node is drained of the Pods of all namespaces. */
function isUnnamed(
  { reach, filter }: FanOutOperation,
  object: KubernetesObject,
  { record }: TargetContext,
): boolean {
  if (filter.type === "drain") return false;
  return isUnnamedTarget(reach, record.spec.trigger, object.metadata.namespace ?? null);
}

function judgeWithin(
  budget: ScanBudget,
  operation: FanOutOperation,
  candidate: Candidate,
  context: TargetContext,
): Verdict {
  const namespace = candidate.object.metadata.namespace ?? "";
  const { value, isSpent } = budget.run(namespace, () => judge(operation, candidate, context));
  return value.outcome === "refused" && isSpent ? TOO_EXPENSIVE : value;
}

const TOO_EXPENSIVE: Verdict = {
  outcome: "refused",
  code: "TooExpensive",
  message:
    "cannot be judged by where, because it and the objects before it need more steps of CEL than their namespace has: compare fewer items, or select fewer objects",
};

/** An object that may be a target, without its redacted parts, and which objects it uses as a whole. */
export type Candidate = { readonly object: KubernetesObject; readonly uses: Uses };

/** Whether an object is a target of a fan-out. */
export function judge(
  { filter }: FanOutOperation,
  { object, uses }: Candidate,
  { record, now }: Pick<TargetContext, "record" | "now">,
): Verdict {
  const { change, cluster } = record.spec;
  return judgeTarget(filter, object, uses, () =>
    toBindings({ object, references: [], change, cluster, now }),
  );
}

/** `Pod shop/web-1`, or `Pod shop/web-1 in cluster backup`. */
export function nameTarget(
  operation: FanOutOperation,
  { at, namespace, name }: FoundTarget,
): string {
  const { kind = "", cluster } = operation.collections[at.collection] ?? {};
  return describeAddress({ kind, namespace, name, cluster });
}
