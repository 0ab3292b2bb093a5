import type { KubernetesObject } from "../../../events/change.ts";
import type { MirrorVersions } from "../../../core/mirror/choose-version.ts";
import { decideMirror } from "../../../core/mirror/decide-mirror.ts";
import { findUnmirrored, judgeSource } from "../../../core/mirror/judge-source.ts";
import { findAwaitedOwners, readOwners, type OwnerTwin } from "../../../core/mirror/owners.ts";
import { isCopiedBack } from "../../../core/mirror/keeping-rules.ts";
import { runsOnce, toPlace } from "../../../core/mirror/manifest.ts";
import type { Catalog } from "../../../core/references/catalog.ts";
import { findOtherRules, toContext, type MirrorWork } from "../copy/transfer-context.ts";

/** The finding of a comparison about one object: it is as it is to be, it is only counted, or it needs a message of its own. */
export type Found =
  | "equal"
  | "missing"
  | "stale"
  | "drifted"
  | "orphans"
  | "reported"
  /** It is neither copied, nor is its copy written. */
  | "untouched";

export type PairContext = {
  readonly work: MirrorWork;
  readonly versions: MirrorVersions;
  /** Of the source's cluster. */
  readonly catalog: Catalog;
  /** Labels of the source's namespaces, if the rule selects by them. */
  readonly labels: ReadonlyMap<string, Readonly<Record<string, string>>>;
};

/** An object without a copy. */
export function judgeMissing(source: KubernetesObject, context: PairContext): Found {
  const judged = toContext(context.work, context.versions.write);
  const labels = toLabels(source, context);
  const unmirrored = findUnmirrored(source, judged, labels);
  const { outcome } = unmirrored ?? {};
  if (outcome === "untouched") return outcome;
  if (outcome === "left") return "equal";
  if (!runsOnce(source)) return "missing";
  const state = judgeSource(source, judged, labels);
  return state.outcome === "mirrored" && state.hasEnded === true ? "equal" : "missing";
}

/** An object and its copy, decided as for a change of it. */
export function judgePair(
  source: KubernetesObject,
  copy: KubernetesObject,
  context: PairContext,
): Found {
  const { rule, mirror, source: cluster, target } = context.work;
  const type = context.versions.write;
  const place = toPlace(source);
  const owners = findTwins(source, copy, context);
  const labels = toLabels(source, context);
  const decision = decideMirror({
    rule,
    mirror,
    installation: context.work.installation,
    clusterUid: cluster.uid,
    targetUid: target.uid,
    isCopiedBack: isCopiedBack(context.work, { target, place, object: copy, type }),
    place,
    source: judgeSource(source, { ...toContext(context.work, type), owners }, labels),
    target: copy,
    otherRules: findOtherRules(context.work, {
      place,
      copy: toPlace(copy),
      source,
      type,
    }),
  });
  switch (decision.outcome) {
    case "nothing":
      if (decision.reason === "untouched") return "untouched";
      return decision.reason === "drifted" ? "reported" : "equal";
    case "update":
      return decision.why === "drift" ? "drifted" : "stale";
    case "delete":
      return decision.recreate ? "stale" : "orphans";
    case "create":
    case "conflict":
    case "refused":
    case "wait":
      return "stale";
  }
}

function toLabels(
  { metadata }: KubernetesObject,
  { labels }: PairContext,
): Readonly<Record<string, string>> {
  return labels.get(metadata.namespace ?? "") ?? {};
}

/**
 * The owners that the copy names, taken for those of the source: a comparison asks for no owner by itself. One that the copy lacks makes it
 * differ, and is looked for then.
 */
function findTwins(
  source: KubernetesObject,
  copy: KubernetesObject,
  { work, catalog }: PairContext,
): ReadonlyMap<string, OwnerTwin> {
  const { target, rules } = work;
  const awaited = findAwaitedOwners({
    object: source,
    copy: toPlace(copy),
    target: target.name,
    rules,
    catalog,
  });
  const named = new Map(readOwners(copy).map((one) => [`${one.kind}/${one.name}`, one]));
  const twins = new Map<string, OwnerTwin>();
  for (const { owner, place, type } of awaited) {
    const own = named.get(`${type.kind}/${place.name}`);
    const { apiVersion = owner.apiVersion, uid = "" } = own ?? {};
    twins.set(owner.uid, { apiVersion, name: place.name, uid });
  }
  return twins;
}
