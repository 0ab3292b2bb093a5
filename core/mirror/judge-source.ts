import type { KubernetesObject } from "../../events/change.ts";
import { createBudget, MAX_MESSAGE_STEPS, withBudget } from "../cel/values/meter.ts";
import { evaluateCondition } from "../decide/condition.ts";
import { findSelectionFault } from "../decide/selection.ts";
import { hasOptedOut, REMEDIATE_KEY } from "../decide/left-alone.ts";
import { findUnnamedSystem } from "../pipeline/system-namespaces.ts";
import { toResourceName } from "../references/resource-name.ts";
import { findBond } from "./bound-to-cluster.ts";
import type { SourceState } from "./decide-mirror.ts";
import { toMirrorBindings, type MirrorContext } from "./mirror-context.ts";
import { isCopy, readOrigin } from "../decide/copy-mark.ts";
import { findUnnamedNamespace } from "./unnamed-namespace.ts";
import { toDesired } from "./to-desired.ts";

/** Judges a source as it is now by the rule; `live` is null if there is no such object. */
export function judgeSource(
  live: KubernetesObject | null,
  context: MirrorContext,
  /** Of the source's namespace; needed only if the rule selects namespaces by their labels. */
  namespaceLabels?: Readonly<Record<string, string>>,
): SourceState {
  if (live === null) return { outcome: "gone" };
  return withBudget(createBudget(MAX_MESSAGE_STEPS), () => {
    const fault = findUnmirrored(live, context, namespaceLabels);
    if (fault !== undefined) return fault;
    const desired = toDesired(live, context);
    if (!desired.ok) return { outcome: "refused", ...desired.error };
    return { outcome: "mirrored", uid: live.metadata.uid, desired: desired.value };
  });
}

/**
 * Why an object has no copy: the rule does not cover it, its condition is not true, it is a copy itself, or it means something only in its
 * own cluster. Undefined if it has one. One that the rule covers may be `untouched` all the same: its owner has said so, or it is a system
 * namespace. A condition that reads a field that the object lacks is not true; one that fails is refused, because
 * nobody knows then whether the copy is to stay.
 */
export function findUnmirrored(
  object: KubernetesObject,
  { rule, cluster, type }: Pick<MirrorContext, "rule" | "cluster" | "type">,
  namespaceLabels?: Readonly<Record<string, string>>,
): Extract<SourceState, { readonly outcome: "left" | "untouched" | "refused" }> | undefined {
  const bond = findBond(object, toResourceName(type));
  const unselected =
    findSelectionFault(rule.on, object, namespaceLabels) ??
    findUnnamedSystem(rule, object.metadata.namespace ?? null) ??
    (isCopy(object) ? "it is a copy itself, and copies are not mirrored on" : undefined) ??
    bond;
  const origin = readOrigin(object);
  if (unselected !== undefined) return { outcome: "left", reason: unselected, origin };
  const condition = evaluateCondition(rule, toMirrorBindings(object, { cluster }));
  switch (condition.outcome) {
    case "holds":
      return findUntouched(object, rule, type);
    case "fails":
      return { outcome: "left", reason: "where is false", origin };
    case "unknown":
      return {
        outcome: "left",
        reason: `where reads ${condition.path}, which is not there`,
        origin,
      };
    case "error":
      return { outcome: "refused", code: "RuleError", message: `where: ${condition.message}` };
  }
}

/** Why an object that the rule covers is not mirrored, although a copy that it may have stays. */
function findUntouched(
  object: KubernetesObject,
  rule: MirrorContext["rule"],
  type: MirrorContext["type"],
): Extract<SourceState, { readonly outcome: "untouched" }> | undefined {
  const reason = hasOptedOut(object)
    ? `it has ${REMEDIATE_KEY}: "false"`
    : findUnnamedNamespace(rule, object, type);
  return reason === undefined ? undefined : { outcome: "untouched", reason };
}
