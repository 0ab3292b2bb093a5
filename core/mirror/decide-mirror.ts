import type { KubernetesObject } from "../../events/change.ts";
import { toCopyFate } from "../actions/mirror/copy-fate.ts";
import { readField, readList } from "../json/read-json.ts";
import { SOURCE_CLUSTER_ANNOTATION } from "../decide/copy-mark.ts";
import { findDrift, findStatusDrift, type Difference } from "./find-drift.ts";
import { keepBinding } from "./keep-binding.ts";
import {
  type Desired,
  formatPlace,
  isReplaceable,
  isSamePlace,
  isTerminating,
  readVersion,
  runsOnce,
  toPlace,
} from "./manifest.ts";
import type { MirrorDecision, MirrorState, Precondition, SourceState } from "./mirror-decision.ts";
import {
  DROPPED_OWNERS_ANNOTATION,
  isOfInstallation,
  isOfSource,
  isUnrecognized,
  withoutVersion,
  readProvenance,
  type Provenance,
} from "./provenance.ts";
import { findAdopted, findWriters, yieldFields } from "./yield-fields.ts";

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
      return toUntouched(source);
    case "gone":
    case "left":
      if (target === null) return { outcome: "nothing", reason: "absent" };
      if (!isOwn) return decideUnknown(state, source.outcome, target);
      if (isOfOtherRule(provenance, state)) return { outcome: "nothing", reason: "foreign" };
      return decideUnwanted(state, source, target);
    case "mirrored":
      if (target === null) return toNew(source);
      if (isTerminating(target)) return toTerminating(target);
      if (!isOwn) return decideForeign(state, source.desired, target, provenance);
      if (isOfOtherRule(provenance, state)) return toOtherRule(provenance, target);
      return decideCopy(state, source, target, provenance);
  }
}

function toUntouched({
  reason,
  isOptedOut,
}: Extract<SourceState, { readonly outcome: "untouched" }>): MirrorDecision {
  const optedOut = isOptedOut === true ? { optedOut: reason } : {};
  return { outcome: "nothing", reason: "untouched", ...optedOut };
}

function toNew({
  desired,
  hasEnded,
}: Extract<SourceState, { readonly outcome: "mirrored" }>): MirrorDecision {
  return hasEnded === true
    ? { outcome: "nothing", reason: "ended" }
    : { outcome: "create", desired };
}

/** Of this very source, by its place: another object of that name may be there by now. */
function isCopyOf(provenance: Provenance, state: MirrorState): boolean {
  const { clusterUid, place } = provenance;
  return (
    clusterUid === state.clusterUid &&
    isSamePlace(place, state.place) &&
    isOfInstallation(provenance, state.installation)
  );
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
  { mirror, place }: MirrorState,
  source: Extract<SourceState, { readonly outcome: "gone" | "left" }>,
  target: KubernetesObject,
): MirrorDecision {
  if (toCopyFate(mirror, source.outcome) === "keep") return { outcome: "nothing", reason: "kept" };
  if (isTerminating(target)) return toTerminating(target);
  const origin = source.outcome === "left" ? source.origin : undefined;
  // Each may be the copy of the other, also in a ring of clusters: then no original would be left.
  if (origin !== undefined) {
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
  const wanted = keepBinding(desired.manifest, target);
  const drift = findDrift(wanted, target);
  const differences = withoutVersion(drift);
  const status = desired.status === undefined ? [] : findStatusDrift(desired.status, target);
  const all = [...differences, ...status];
  // A field that somebody has changed is noted as theirs, even if the source is newer.
  const isNewer = differences.length < drift.length && differences.some(isOwnDifference);
  const why = isOther || isNewer || differences.some(isOfSource) ? "changed" : "drift";
  if (why === "drift" && all.length > 0 && mirror.drift === "report") {
    const writers = findWriters(wanted, all, target);
    return { outcome: "nothing", reason: "drifted", differences: all, writers };
  }
  // An annotation that says too much is no difference of what is applied.
  const isObsolete = desired.droppedOwners.length === 0 && hasDroppedOwners(target);
  if (all.length === 0 && !isObsolete) return { outcome: "nothing", reason: "inSync" };
  const { manifest, force, left } =
    mirror.drift === "report"
      ? yieldFields(wanted, drift, target)
      : { manifest: wanted, force: true, left: NONE_LEFT };
  return {
    outcome: "update",
    desired: { ...desired, manifest },
    precondition,
    writes: { object: differences.length > 0 || isObsolete, status: status.length > 0 },
    force,
    differences: all.map((one) => (left.has(one) ? { ...one, stays: true } : one)),
    why: isObsolete ? "changed" : why,
    mayReplace: mayDelete && isReplaceable(target, isOther),
  };
}

function isOwnDifference({ isForeign }: Difference): boolean {
  return isForeign !== true;
}

const NONE_LEFT: ReadonlySet<Difference> = new Set();

function hasDroppedOwners(target: KubernetesObject): boolean {
  return readField(target, "metadata", "annotations", DROPPED_OWNERS_ANNOTATION) !== undefined;
}

function decideForeign(
  { rule, mirror, clusterUid, targetUid, isCopiedBack, place, installation }: MirrorState,
  desired: Desired,
  target: KubernetesObject,
  provenance: Provenance | undefined,
): MirrorDecision {
  if (mirror.conflict === "skip") return { outcome: "nothing", reason: "skipped" };
  const what = describe(target);
  if (provenance !== undefined && !isOfInstallation(provenance, installation)) {
    const message = `${what} is a copy that another installation of Kubemend keeps, with records in the namespace ${provenance.installation}: let only one of them mirror to this place, or take the annotation kubemend.dev/installation from the copy`;
    return { outcome: "conflict", code: "MirroredFromElsewhere", message };
  }
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
    const manifest = keepBinding(desired.manifest, target);
    const differences = findAdopted(findDrift(manifest, target), target);
    const writes = { object: true, status: desired.status !== undefined };
    const precondition = toPrecondition(target);
    const adopt = { why: "adopt", force: true, mayReplace: false } as const;
    return {
      outcome: "update",
      desired: { ...desired, manifest },
      precondition,
      writes,
      differences,
      ...adopt,
    };
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

function toPrecondition(target: KubernetesObject): Precondition {
  return { uid: target.metadata.uid, resourceVersion: readVersion(target) };
}

function describe(target: KubernetesObject): string {
  return `${target.kind} ${formatPlace(toPlace(target))} of the target`;
}
