import type { KubernetesObject } from "../../events/change.ts";
import { createBudget, MAX_MESSAGE_STEPS, withBudget } from "../cel/values/meter.ts";
import { evaluateCondition } from "../decide/condition.ts";
import { findSelectionFault } from "../decide/selection.ts";
import { hasOptedOut, REMEDIATE_KEY } from "../decide/left-alone.ts";
import { findUnnamedSystem } from "../pipeline/system-namespaces.ts";
import { toResourceName } from "../references/resource-name.ts";
import { findBond } from "./bound-to-cluster.ts";
import type { SourceState } from "./mirror-decision.ts";
import { hasEnded } from "./has-ended.ts";
import { toMirrorBindings, type MirrorContext } from "./mirror-context.ts";
import { isCopy, readOrigin, SOURCE_CLUSTER_ANNOTATION } from "../decide/copy-mark.ts";
import { isSamePlace, toPlace } from "./manifest.ts";
import { readProvenance } from "./provenance.ts";
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
    const ended = hasEnded(live, desired.value.manifest) ? { hasEnded: true } : {};
    return { outcome: "mirrored", uid: live.metadata.uid, desired: desired.value, ...ended };
  });
}

/**
 * Why an object has no copy: the rule does not cover it, its condition is not true, it is a copy itself, or it means something only in its
 * own cluster. Undefined if it has one. One that the rule covers may be `untouched` all the same: its owner has said so, or it is a system
 * namespace. A condition that reads a field that the object lacks is not true; one that fails is refused, because nobody knows then whether
 * the copy is to stay.
 */
export function findUnmirrored(
  object: KubernetesObject,
  { rule, cluster, type }: Pick<MirrorContext, "rule" | "cluster" | "type">,
  namespaceLabels?: Readonly<Record<string, string>>,
): Extract<SourceState, { readonly outcome: "left" | "untouched" | "refused" }> | undefined {
  const bond = findBond(object, toResourceName(type));
  const outside =
    findSelectionFault(rule.on, object, namespaceLabels) ??
    findUnnamedSystem(rule, object.metadata.namespace ?? null);
  if (outside === undefined && isCopyOfItself(object, cluster)) return COPY_OF_ITSELF;
  const unselected =
    outside ??
    (isCopy(object) ? "it is a copy itself, and copies are not mirrored on" : undefined) ??
    bond;
  if (unselected !== undefined) return toLeft(object, unselected);
  const condition = evaluateCondition(rule, toMirrorBindings(object, { cluster }));
  switch (condition.outcome) {
    case "holds":
      return findUntouched(object, rule, type);
    case "fails":
      return toLeft(object, "where is false");
    case "unknown":
      return toLeft(object, `where reads ${condition.path}, which is not there`);
    case "error":
      return { outcome: "refused", code: "RuleError", message: `where: ${condition.message}` };
  }
}

/** An object that the rule does not mirror has no copy, unless its owner does not want that anything is done because of it. */
function toLeft(
  object: KubernetesObject,
  reason: string,
): Extract<SourceState, { readonly outcome: "left" | "untouched" }> {
  if (hasOptedOut(object)) return OPTED_OUT;
  return { outcome: "left", reason, origin: readOrigin(object) };
}

const OPTED_OUT = {
  outcome: "untouched",
  reason: `it has ${REMEDIATE_KEY}: "false"`,
  isOptedOut: true,
} as const;

/** An object that was restored from its own copy has the marks of that. There is no other object of which it could be a copy. */
function isCopyOfItself(object: KubernetesObject, { uid }: MirrorContext["cluster"]): boolean {
  const provenance = readProvenance(object);
  return provenance?.clusterUid === uid && isSamePlace(provenance.place, toPlace(object));
}

/** Nobody knows whether its fields are those of the object or those that the rule made for the copy. */
const COPY_OF_ITSELF = {
  outcome: "refused",
  code: "CopyOfCopy",
  message: `it has the marks of a copy of itself, as an object has that was restored from its copy: take the annotation ${SOURCE_CLUSTER_ANNOTATION} from it, and it is mirrored again`,
} as const;

/** Why an object that the rule covers is not mirrored, although a copy that it may have stays. */
function findUntouched(
  object: KubernetesObject,
  rule: MirrorContext["rule"],
  type: MirrorContext["type"],
): Extract<SourceState, { readonly outcome: "untouched" }> | undefined {
  if (hasOptedOut(object)) return OPTED_OUT;
  const reason = findUnnamedNamespace(rule, object, type);
  return reason === undefined ? undefined : { outcome: "untouched", reason };
}
