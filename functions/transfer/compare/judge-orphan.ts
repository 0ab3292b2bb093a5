import { isNamespaceName, isObjectName } from "../../../events/address.ts";
import { sha256 } from "../../../events/ids.ts";
import type { KubernetesObject } from "../../../events/change.ts";
import { toCopyFate } from "../../../core/actions/mirror/copy-fate.ts";
import { isSamePlace, toPlace, type Place } from "../../../core/mirror/manifest.ts";
import { mapPlace } from "../../../core/mirror/map-place.ts";
import {
  isOfInstallation,
  isWrittenAsCopy,
  readProvenance,
  toMirrorDigest,
  type Provenance,
} from "../../../core/mirror/provenance.ts";
import type { MirrorWork } from "../copy/transfer-context.ts";

/** An object of the source that needs a message of its own. */
export type Difference = {
  readonly place: Place;
  readonly uid: string;
  readonly resourceVersion: string;
};

type Orphan =
  /** Another cluster's function, or another installation, made it, and it is that one's. */
  | { readonly outcome: "foreign" }
  /** A message about its source decides its fate. */
  | { readonly outcome: "ask"; readonly source: Difference }
  /** Its source would have it at another place, because the rule mapped names or namespaces in another way before. */
  | { readonly outcome: "misplaced" }
  /** It is to be kept: it is only counted. */
  | { readonly outcome: "kept" }
  /** It does not say any more where it comes from, or somebody else made it from a copy: only a person can decide its fate. */
  | { readonly outcome: "unrecognized" };

/** Decides the fate of a copy without an object. */
export function judgeOrphan(copy: KubernetesObject, work: MirrorWork): Orphan {
  const provenance = readProvenance(copy);
  // An object that somebody else made from a copy, under another name, has its marks too: it is theirs.
  const isWritten = isWrittenAsCopy(copy);
  if (!isOfWork(provenance, work)) {
    return { outcome: isWritten ? "foreign" : "unrecognized" };
  }
  const source = toSource(copy, provenance, work);
  if (source !== undefined) return { outcome: "ask", source };
  if (!isWritten) return { outcome: "unrecognized" };
  const isDeleted = toCopyFate(work.mirror, "left") === "delete";
  const isOfNow = provenance.digest === toMirrorDigest(work.mirror);
  return { outcome: isDeleted && !isOfNow ? "misplaced" : "kept" };
}

/** The object whose copy is at the place of this one, as the copy names it; undefined if it names another one. */
export function findSource(copy: KubernetesObject, work: MirrorWork): Difference | undefined {
  const provenance = readProvenance(copy);
  if (!isOfWork(provenance, work)) return undefined;
  return toSource(copy, provenance, work);
}

/** Whether a copy is one of this cluster's objects, and of this installation. */
export function isOfWork(
  provenance: Provenance | undefined,
  { source, installation }: Pick<MirrorWork, "source" | "installation">,
): provenance is Provenance {
  return provenance?.clusterUid === source.uid && isOfInstallation(provenance, installation);
}

function toSource(
  copy: KubernetesObject,
  { place, objectUid, resourceVersion }: Provenance,
  { rule, mirror }: MirrorWork,
): Difference | undefined {
  const isThere = isSamePlace(mapPlace(place, rule.on.resource, mirror), toPlace(copy));
  if (!isThere || !isValid(place)) return undefined;
  return { place, uid: toUid(objectUid), resourceVersion: toVersion(resourceVersion) };
}

/** Whether an object can be at this place: anybody may write annotations. */
export function isValid({ namespace, name }: Place): boolean {
  return isObjectName(name) && (namespace === null || isNamespaceName(namespace));
}

const UID = /^[-\w.:]{1,128}$/;
const VERSION = /^\w{1,64}$/;

/** Anybody may write annotations. A uid is needed as a name only, so any other one of the same text is as good. */
function toUid(text: string): string {
  return UID.test(text) ? text : sha256(text);
}

function toVersion(text: string): string {
  return VERSION.test(text) ? text : "";
}
