import { sha256 } from "../../events/ids.ts";
import type { MirrorParameters } from "../actions/mirror/mirror-parameters.ts";
import { toCanonicalJson } from "../json/canonical-json.ts";
import { readField, readTextMap } from "../json/read-json.ts";
import {
  DRIFT_ANNOTATION,
  MIRRORED_BY_LABEL,
  readAppliedFields,
} from "../operations/managed-fields.ts";
import { isCopy, SOURCE_CLUSTER_ANNOTATION } from "../decide/copy-mark.ts";
import { formatPlace, parsePlace, type Place } from "./manifest.ts";

export { MIRRORED_BY_LABEL };
const SOURCE_UID_ANNOTATION = "kubemend.dev/source-uid";
/** resourceVersion of the source that was copied. */
const SOURCE_VERSION_ANNOTATION = "kubemend.dev/source-version";
/** `namespace/name` of the source. */
const SOURCE_OBJECT_ANNOTATION = "kubemend.dev/source-object";
/** Digest of what the rule makes of a source: another one means that the copy was made by other parameters. */
const MIRROR_DIGEST_ANNOTATION = "kubemend.dev/mirror-digest";
/** The namespace of the records of the installation that made the copy. */
const INSTALLATION_ANNOTATION = "kubemend.dev/installation";
/** The owners that the copy does without, because the target does not have them. */
export const DROPPED_OWNERS_ANNOTATION = "kubemend.dev/dropped-owners";

/** The labels and annotations by which Kubemend knows a copy. */
export const COPY_MARKS: readonly string[] = [
  MIRRORED_BY_LABEL,
  SOURCE_CLUSTER_ANNOTATION,
  SOURCE_UID_ANNOTATION,
  SOURCE_VERSION_ANNOTATION,
  SOURCE_OBJECT_ANNOTATION,
  MIRROR_DIGEST_ANNOTATION,
  INSTALLATION_ANNOTATION,
  DROPPED_OWNERS_ANNOTATION,
  DRIFT_ANNOTATION,
];

/** The origin of a copy, as its label and annotations say. */
export type Provenance = {
  readonly clusterUid: string;
  readonly objectUid: string;
  /** "" if the annotation was taken away. */
  readonly resourceVersion: string;
  readonly place: Place;
  /** "" if the label was taken away. */
  readonly rule: string;
  readonly digest: string;
  /** Absent from a copy that an earlier version made. */
  readonly installation?: string | undefined;
};

/** Whether a copy is one of this installation. One that names none counts as its own; an installation that is not known takes all for its own. */
export function isOfInstallation(
  copy: Pick<Provenance, "installation">,
  installation: string | undefined,
): boolean {
  const named = copy.installation;
  return named === undefined || installation === undefined || named === installation;
}

/** The origin of a copy; undefined if the object is none, or its annotations do not say it. */
export function readProvenance(object: unknown): Provenance | undefined {
  const annotations = readAnnotations(object);
  const labels = readTextMap(readField(object, "metadata", "labels"));
  const clusterUid = annotations[SOURCE_CLUSTER_ANNOTATION];
  const objectUid = annotations[SOURCE_UID_ANNOTATION];
  const place = annotations[SOURCE_OBJECT_ANNOTATION];
  if (clusterUid === undefined || objectUid === undefined || place === undefined) return undefined;
  return {
    clusterUid,
    objectUid,
    resourceVersion: annotations[SOURCE_VERSION_ANNOTATION] ?? "",
    place: parsePlace(place),
    rule: labels[MIRRORED_BY_LABEL] ?? "",
    digest: annotations[MIRROR_DIGEST_ANNOTATION] ?? "",
    installation: annotations[INSTALLATION_ANNOTATION],
  };
}

/**
 * Whether Kubemend itself has written that the object is a copy. An object that somebody made from a copy has its label and its annotations
 * too, but the API server notes them as written by somebody else.
 */
export function isWrittenAsCopy(object: unknown): boolean {
  const applied = readAppliedFields(object);
  const mark = readField(applied, "f:metadata", "f:annotations", `f:${SOURCE_OBJECT_ANNOTATION}`);
  return mark !== undefined;
}

/**
 * Whether an object has something of a copy of this rule, but not the annotations that Kubemend wrote: somebody has changed them, or has
 * made it from a copy.
 */
export function isUnrecognized(object: unknown, rule: string): boolean {
  if (isWrittenAsCopy(object)) return false;
  const label = readField(object, "metadata", "labels", MIRRORED_BY_LABEL);
  return label === rule || isCopy(object) || readAppliedFields(object) !== undefined;
}

/** The labels and annotations of a copy. `droppedOwners` are `Kind/name`. */
export function toProvenanceMarks(
  { clusterUid, objectUid, resourceVersion, place, rule, digest, installation }: Provenance,
  droppedOwners: readonly string[] = [],
  drift: MirrorParameters["drift"] = "repair",
): {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
} {
  return {
    labels: { [MIRRORED_BY_LABEL]: rule },
    annotations: {
      [SOURCE_CLUSTER_ANNOTATION]: clusterUid,
      [SOURCE_UID_ANNOTATION]: objectUid,
      [SOURCE_VERSION_ANNOTATION]: resourceVersion,
      [SOURCE_OBJECT_ANNOTATION]: formatPlace(place),
      [MIRROR_DIGEST_ANNOTATION]: digest,
      ...(installation === undefined ? {} : { [INSTALLATION_ANNOTATION]: installation }),
      ...(drift === "report" ? { [DRIFT_ANNOTATION]: drift } : {}),
      ...(droppedOwners.length === 0
        ? {}
        : { [DROPPED_OWNERS_ANNOTATION]: formatDropped(droppedOwners) }),
    },
  };
}

/** All annotations of an object together have at most 256 KiB. */
const DROPPED_MAX = 16;
const SEPARATOR = ", ";

function formatDropped(owners: readonly string[]): string {
  const more = owners.length - DROPPED_MAX;
  const named = owners.slice(0, DROPPED_MAX);
  return [...named, ...(more > 0 ? [`and ${more} more`] : [])].join(SEPARATOR);
}

/** The owners, as `Kind/name`, of which a copy says that it does without them. */
export function readDroppedOwners(copy: unknown): ReadonlySet<string> {
  const text = readAnnotations(copy)[DROPPED_OWNERS_ANNOTATION];
  return new Set(text?.split(SEPARATOR));
}

/** Marks by which a copy says what it was made from: they differ if source or rule have changed, or an owner has come. */
const OF_SOURCE: ReadonlySet<string> = new Set([
  MIRRORED_BY_LABEL,
  SOURCE_VERSION_ANNOTATION,
  MIRROR_DIGEST_ANNOTATION,
  INSTALLATION_ANNOTATION,
  DROPPED_OWNERS_ANNOTATION,
  DRIFT_ANNOTATION,
]);

/** Whether a field of a copy differs because its source or its rule has changed. */
export function isOfSource({ path }: { readonly path: readonly (string | number)[] }): boolean {
  const [first, second, key] = path;
  if (first !== "metadata") return first === "apiVersion";
  return second === "ownerReferences" || OF_SOURCE.has(String(key));
}

/**
 * The differences without that of the source's resourceVersion, which each change of its status or its managedFields makes: such a change
 * writes nothing. A copy that has no such annotation differs. Without that of the installation either, if that is not known.
 */
export function withoutVersion<
  D extends {
    readonly path: readonly unknown[];
    readonly live: unknown;
    readonly desired: unknown;
  },
>(differences: readonly D[]): readonly D[] {
  return differences.filter(({ path: [, , key], live, desired }) => {
    if (key === INSTALLATION_ANNOTATION) return desired !== undefined;
    return key !== SOURCE_VERSION_ANNOTATION || live === undefined;
  });
}

/** Whether a label or an annotation of this key is one of Kubemend's own. */
export function isOwnMark(key: string): boolean {
  return key.startsWith("kubemend.dev/");
}

/** Whether a field of a copy is one by which Kubemend knows it, or names its owners: no other writer may keep it as it is. */
export function isMark({ path }: { readonly path: readonly (string | number)[] }): boolean {
  const [first, second, key] = path;
  if (first !== "metadata") return false;
  if (second === "ownerReferences") return true;
  return (second === "labels" || second === "annotations") && isOwnMark(String(key));
}

/** Digest of the parameters by which a copy differs from its source. */
export function toMirrorDigest(parameters: MirrorParameters): string {
  const { namespaces, names, labels, annotations, fields, images, status } = parameters;
  const text = toCanonicalJson({ namespaces, names, labels, annotations, fields, images, status });
  return sha256(text).slice(0, 12);
}

function readAnnotations(object: unknown): Readonly<Record<string, string>> {
  return readTextMap(readField(object, "metadata", "annotations"));
}
