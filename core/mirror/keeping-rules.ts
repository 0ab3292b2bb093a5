import type { KubernetesObject, ResourceType } from "../../events/change.ts";
import { findNamespaceFault } from "../decide/selection.ts";
import type { MirrorRule } from "../pipeline/mirror-rule.ts";
import { findUnmirrored } from "./judge-source.ts";
import { isSamePlace, toPlace, type Place } from "./manifest.ts";
import { mapPlace } from "./map-place.ts";
import type { AwaitedOwner } from "./owners.ts";

/** Ids of rules. */
export type RuleIds = Pick<ReadonlySet<string>, "has">;

/** An object, and the place of its copy. */
export type CopiedObject = {
  /** Of the rule that mirrors it. */
  readonly rule: { readonly id: string; readonly on: { readonly resource: string } };
  /** The target's name. */
  readonly target: string;
  readonly place: Place;
  readonly copy: Place;
  /** As it is now; null if it is gone. */
  readonly source: KubernetesObject | null;
  /** The cluster of the sources, under the pipeline's name for it. */
  readonly cluster: { readonly name: string; readonly uid: string };
  /** The resource in the version in which the target gets it. */
  readonly type: ResourceType;
};

/**
 * Whether the rule copies the object that is at the copy's place to the place of the source, too: two clusters are kept equal, and each has
 * an object of its own there.
 */
export function isCopiedBack(
  { rule, mirror }: MirrorRule,
  {
    target,
    place,
    object,
    type,
    namespaceLabels,
  }: {
    readonly target: { readonly name: string; readonly uid: string };
    /** Of the source. */
    readonly place: Place;
    /** At the copy's place; null if there is none. */
    readonly object: KubernetesObject | null;
    readonly type: ResourceType;
    /** Of that object's namespace; if they are not known, a rule that selects by them counts as one that does not cover it. */
    readonly namespaceLabels?: Readonly<Record<string, string>> | undefined;
  },
): boolean {
  if (mirror.isMutual !== true || rule.on.clusters?.includes(target.name) !== true) return false;
  if (object === null || !isSamePlace(mapPlace(toPlace(object), rule.on.resource, mirror), place)) {
    return false;
  }
  return (
    findUnmirrored(object, { rule, cluster: target, type }, namespaceLabels)?.outcome !== "left"
  );
}

/**
 * Whether an owner is to have a copy. The kind and the namespace that a rule names say only that it may cover the owner: the owner's labels
 * and the rule's condition decide, so the owner itself has been read.
 */
export function isOwnerMirrored(
  owner: KubernetesObject | null,
  { owner: { uid }, rules, type }: Pick<AwaitedOwner, "owner" | "rules" | "type">,
  cluster: CopiedObject["cluster"],
): boolean {
  if (owner?.metadata.uid !== uid) return false;
  return rules.some((rule) => {
    const context = { rule: withoutNamespaceLabels(rule), cluster, type };
    const { outcome } = findUnmirrored(owner, context) ?? {};
    return outcome === undefined || outcome === "refused";
  });
}

/** The labels of the namespace are not known, so a rule that selects by them counts as one that covers it. */
function withoutNamespaceLabels(rule: MirrorRule["rule"]): MirrorRule["rule"] {
  const { namespaceSelector: _unknown, ...on } = rule.on;
  return { ...rule, on };
}

/**
 * The other rules that keep a copy of this object at this very place. The label of a copy may name any rule, because the target's owners may
 * have written it. Computed when it is asked for, because it seldom is.
 */
export function findKeepers(rules: readonly MirrorRule[], object: CopiedObject): RuleIds {
  return {
    has(id) {
      const other = rules.find(({ rule }) => rule.id === id);
      return other !== undefined && id !== object.rule.id && keeps(other, object);
    },
  };
}

function keeps(
  { rule, mirror }: MirrorRule,
  { rule: own, target, place, copy, source, cluster, type }: CopiedObject,
): boolean {
  const { resource } = rule.on;
  if (resource !== own.on.resource || !mirror.to.includes(target)) return false;
  if (findNamespaceFault(rule.on, place.namespace) !== undefined) return false;
  if (!isSamePlace(mapPlace(place, resource, mirror), copy)) return false;
  if (source === null) return true;
  const context = { rule: withoutNamespaceLabels(rule), cluster, type };
  return findUnmirrored(source, context)?.outcome !== "left";
}
