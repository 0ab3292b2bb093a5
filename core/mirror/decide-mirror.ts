import type { KubernetesObject } from "../../events/change.ts";
import { toCopyFate } from "../actions/mirror/copy-fate.ts";
import type { MirrorParameters } from "../actions/mirror/mirror-parameters.ts";
import { readField, readList } from "../json/read-json.ts";
import { SOURCE_CLUSTER_ANNOTATION } from "../decide/copy-mark.ts";
import { findDrift, findStatusDrift, type Difference } from "./find-drift.ts";
import {
  type Desired,
  formatPlace,
  isReplaceable,
  isSamePlace,
  readVersion,
  runsOnce,
  toPlace,
  type Place,
  type Refusal,
} from "./manifest.ts";
import {
  DROPPED_OWNERS_ANNOTATION,
  isOfSource,
  isUnrecognized,
  readProvenance,
  type Provenance,
} from "./provenance.ts";
import { yieldFields } from "./yield-fields.ts";

/** The source as it is now, see `judge-source.ts`. */
export type SourceState =
  | { readonly outcome: "mirrored"; readonly uid: string; readonly desired: Desired }
  /** There is no such object. */
  | { readonly outcome: "gone" }
  /** There is one, which the rule does not mirror. */
  | {
      readonly outcome: "left";
      readonly reason: string;
      /** Uid of the cluster of which it is a copy itself; absent if it is none. */
      readonly origin?: string | undefined;
    }
  /** The rule covers it and does not mirror it; a copy that it has stays as it is. */
  | { readonly outcome: "untouched"; readonly reason: string }
  /** It is not known what its copy is to be: nothing is written, nor deleted. */
  | ({ readonly outcome: "refused" } & Refusal);

export type MirrorState = {
  readonly rule: { readonly id: string };
  readonly mirror: Pick<MirrorParameters, "conflict" | "delete" | "left" | "drift" | "isMutual">;
  /** Uid of the cluster of the source. */
  readonly clusterUid: string;
  /** Uid of the cluster of the copy. */
  readonly targetUid: string;
  /** Whether the rule copies the target's object to the place of the source, too, see `isCopiedBack`. */
  readonly isCopiedBack: boolean;
  /** Of the source. */
  readonly place: Place;
  readonly source: SourceState;
  /** The object at the copy's place, read before the source was; null if there is none. */
  readonly target: KubernetesObject | null;
  /** Ids of the other rules of the pipeline that keep a copy of this source at this place, see `keeping-rules.ts`. */
  readonly otherRules: Pick<ReadonlySet<string>, "has">;
};

/** The target's object as it was read: a write is refused if it is another one, or has changed, by then. */
export type Precondition = { readonly uid: string; readonly resourceVersion: string };

export type MirrorDecision =
  /** Only if there is nothing at its place. */
  | { readonly outcome: "create"; readonly desired: Desired }
  | {
      readonly outcome: "update";
      readonly desired: Desired;
      readonly precondition: Precondition;
      /** Which of the two differ from what they are to be. */
      readonly writes: { readonly object: boolean; readonly status: boolean };
      /** Whether fields that others have written are taken over. If not, `desired` has these fields as they are. */
      readonly force: boolean;
      readonly differences: readonly Difference[];
      /** `changed`: the source or the rule is newer than the copy. `drift`: somebody changed the copy. `adopt`: it was not ours. */
      readonly why: "changed" | "drift" | "adopt";
      /** If a field cannot be changed: whether the copy may be deleted and created. */
      readonly mayReplace: boolean;
    }
  | {
      readonly outcome: "delete";
      readonly precondition: Precondition;
      /** Another object has taken the place of the source, and its copy is created next. */
      readonly recreate: boolean;
    }
  | {
      readonly outcome: "nothing";
      readonly reason: NothingReason;
      /** Of `drifted`: what differs. */
      readonly differences?: readonly Difference[];
    }
  /** Something at the copy's place must not be touched. */
  | ({ readonly outcome: "conflict" } & Refusal)
  /** Terminal until the source or the rule changes. */
  | ({ readonly outcome: "refused" } & Refusal)
  /** The copy is being deleted, since that time (RFC 3339): ask again later. */
  | { readonly outcome: "wait"; readonly since: string; readonly message: string };

export type NothingReason =
  /** The copy is as it is to be. */
  | "inSync"
  /** There is no source, and no copy. */
  | "absent"
  /** There is no source, and what is there is no copy of it. */
  | "foreign"
  /** `delete: keep` or `left: keep`. */
  | "kept"
  /** `conflict: skip`. */
  | "skipped"
  /** `drift: report`. */
  | "drifted"
  /** The source is neither copied, nor is a copy of it touched. */
  | "untouched";

/**
 * Decides what makes a copy equal to its source, from both as they are. Pure: the same state gives the same decision, whatever message
 * asked for it and in which order.
 */
export function decideMirror(state: MirrorState): MirrorDecision {
  const { source, target } = state;
  const provenance = target === null ? undefined : readProvenance(target);
  const isOwn = provenance !== undefined && isCopyOf(provenance, state);
  switch (source.outcome) {
    case "refused":
      return source;
    case "untouched":
      return { outcome: "nothing", reason: "untouched" };
    case "gone":
    case "left":
      if (target === null) return { outcome: "nothing", reason: "absent" };
      if (!isOwn) return decideUnknown(state, source.outcome, target);
      if (isOfOtherRule(provenance, state)) return { outcome: "nothing", reason: "foreign" };
      return decideUnwanted(state, source, target);
    case "mirrored":
      if (target === null) return { outcome: "create", desired: source.desired };
      if (isTerminating(target)) return toTerminating(target);
      if (!isOwn) return decideForeign(state, source.desired, target, provenance);
      if (isOfOtherRule(provenance, state)) return toOtherRule(provenance, target);
      return decideCopy(state, source, target, provenance);
  }
}

/** Of this very source, by its place: another object of that name may be there by now. */
function isCopyOf({ clusterUid, place }: Provenance, state: MirrorState): boolean {
  return clusterUid === state.clusterUid && isSamePlace(place, state.place);
}

/** A rule that no longer exists keeps nothing, nor does one that does not cover the object: then the label is set right. */
function isOfOtherRule({ rule }: Provenance, { otherRules }: MirrorState): boolean {
  return otherRules.has(rule);
}

/** The decision about an object at the place of a copy that is to be deleted, which does not say that it is that copy. */
function decideUnknown(
  { mirror, rule }: MirrorState,
  source: "gone" | "left",
  target: KubernetesObject,
): MirrorDecision {
  if (toCopyFate(mirror, source) === "keep" || !isUnrecognized(target, rule.id)) {
    return { outcome: "nothing", reason: "foreign" };
  }
  const message = `${describe(target)} looks like the copy of an object that has none any more, and does not say so: delete it if it is`;
  return { outcome: "conflict", code: "CopyUnrecognized", message };
}

function decideUnwanted(
  { mirror, targetUid, place }: MirrorState,
  source: Extract<SourceState, { readonly outcome: "gone" | "left" }>,
  target: KubernetesObject,
): MirrorDecision {
  if (toCopyFate(mirror, source.outcome) === "keep") return { outcome: "nothing", reason: "kept" };
  if (isTerminating(target)) return toTerminating(target);
  const origin = source.outcome === "left" ? source.origin : undefined;
  // Each may be the copy of the other, also in a ring of clusters: then no original would be left. A mutual rule adopts in one direction only.
  if (origin !== undefined && !(mirror.isMutual === true && origin < targetUid)) {
    const message = `${describe(target)} is the copy of ${formatPlace(place)}, which is a copy itself: take the annotation ${SOURCE_CLUSTER_ANNOTATION} from the one that is to be the source`;
    return { outcome: "conflict", code: "CopyOfCopy", message };
  }
  return { outcome: "delete", precondition: toPrecondition(target), recreate: false };
}

function decideCopy(
  { mirror }: MirrorState,
  { uid, desired }: Extract<SourceState, { readonly outcome: "mirrored" }>,
  target: KubernetesObject,
  provenance: Provenance,
): MirrorDecision {
  const precondition = toPrecondition(target);
  const isOther = provenance.objectUid !== uid;
  const mayDelete = mirror.delete !== "keep";
  if (isOther && mayDelete && runsOnce(target)) {
    return { outcome: "delete", precondition, recreate: true };
  }
  const differences = findDrift(desired.manifest, target);
  const status = desired.status === undefined ? [] : findStatusDrift(desired.status, target);
  const all = [...differences, ...status];
  const why = isOther || differences.some(isOfSource) ? "changed" : "drift";
  if (why === "drift" && all.length > 0 && mirror.drift === "report") {
    return { outcome: "nothing", reason: "drifted", differences: all };
  }
  // An annotation that says too much is no difference of what is applied.
  const isObsolete = desired.droppedOwners.length === 0 && hasDroppedOwners(target);
  if (all.length === 0 && !isObsolete) return { outcome: "nothing", reason: "inSync" };
  const isReported = mirror.drift === "report";
  const manifest = isReported
    ? yieldFields(desired.manifest, differences, target)
    : desired.manifest;
  return {
    outcome: "update",
    desired: { ...desired, manifest },
    precondition,
    writes: { object: differences.length > 0 || isObsolete, status: status.length > 0 },
    force: !isReported,
    differences: all,
    why: isObsolete ? "changed" : why,
    mayReplace: mayDelete && isReplaceable(target, isOther),
  };
}

function hasDroppedOwners(target: KubernetesObject): boolean {
  return readField(target, "metadata", "annotations", DROPPED_OWNERS_ANNOTATION) !== undefined;
}

function decideForeign(
  { rule, mirror, clusterUid, targetUid, isCopiedBack, place }: MirrorState,
  desired: Desired,
  target: KubernetesObject,
  provenance: Provenance | undefined,
): MirrorDecision {
  if (mirror.conflict === "skip") return { outcome: "nothing", reason: "skipped" };
  const what = describe(target);
  if (provenance !== undefined) {
    const isOurs = provenance.clusterUid === clusterUid;
    const from = `${formatPlace(provenance.place)}${isOurs ? "" : ` of the cluster ${provenance.clusterUid}`}`;
    const orElse = isOurs
      ? ""
      : ", or, if that cluster is gone, take its copies over (docs/mirror-operations.md)";
    const message = `${what} is the copy of ${from}, so there is no place for that of ${formatPlace(place)}: map one of them to another name${orElse}`;
    return { outcome: "conflict", code: "MirroredFromElsewhere", message };
  }
  if (mirror.conflict === "adopt") {
    // If each were made the copy of the other at the same time, neither would be a source any more.
    if (isCopiedBack && targetUid < clusterUid) return { outcome: "nothing", reason: "foreign" };
    const differences = findDrift(desired.manifest, target);
    const writes = { object: true, status: desired.status !== undefined };
    const precondition = toPrecondition(target);
    const adopt = { why: "adopt", force: true, mayReplace: false } as const;
    return { outcome: "update", desired, precondition, writes, differences, ...adopt };
  }
  const why = isUnrecognized(target, rule.id)
    ? "has lost the annotations that say where it comes from"
    : "was not put there by Kubemend";
  const message = `${what} ${why}: delete it, map names, or set conflict: adopt`;
  return { outcome: "conflict", code: "MirrorConflict", message };
}

function toOtherRule({ rule }: Provenance, target: KubernetesObject): MirrorDecision {
  const message = `${describe(target)} is kept by the rule ${rule}, which mirrors the same object: let only one of the rules cover it`;
  return { outcome: "conflict", code: "MirroredByOtherRule", message };
}

function toTerminating(target: KubernetesObject): MirrorDecision {
  const since = String(target.metadata["deletionTimestamp"]);
  const finalizers = readList(target.metadata["finalizers"]).slice(0, NAMED_MAX);
  const held =
    finalizers.length === 0 ? "" : ` and waits for its finalizers (${finalizers.join(", ")})`;
  const message = `${describe(target)} is being deleted since ${since}${held}: a comparison looks again when it is gone`;
  return { outcome: "wait", since, message };
}

/** Finalizers that a message names. */
const NAMED_MAX = 5;

function isTerminating(target: KubernetesObject): boolean {
  return typeof target.metadata["deletionTimestamp"] === "string";
}

function toPrecondition(target: KubernetesObject): Precondition {
  return { uid: target.metadata.uid, resourceVersion: readVersion(target) };
}

function describe(target: KubernetesObject): string {
  return `${target.kind} ${formatPlace(toPlace(target))} of the target`;
}
