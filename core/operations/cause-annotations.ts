import { isNamespaceName, isObjectName } from "../../events/address.ts";
import type { KubernetesObject } from "../../events/change.ts";
import { readField, readTextMap } from "../json/read-json.ts";

/** Annotations of everything that Kubemend creates: by which record, how deep in a chain of remediations, and when. */
export const CAUSE_ANNOTATION = "kubemend.dev/cause";
export const DEPTH_ANNOTATION = "kubemend.dev/depth";
export const AT_ANNOTATION = "kubemend.dev/at";
/** `<namespace>/<uid>` of that record: together with its name, everything that a wake-up needs. */
export const RECORD_ANNOTATION = "kubemend.dev/record";

/** A chain of remediations, each triggered by what the one before created, stops here: more of them would not help. */
export const MAX_DEPTH = 3;
/** A chain older than this is over; a later failure starts a new one. */
export const LOOP_WINDOW_MS: number = 60 * 60_000;
/** The clocks of two executors may differ by this; a later time was not written by one. */
const CLOCK_TOLERANCE_MS = 5_000;
/** Digest of what the object was created from, as the plan states it. */
export const DIGEST_ANNOTATION = "kubemend.dev/digest";

/** The namespace of a record, and which one of those that had its name. */
export type RecordIdentity = { readonly namespace: string; readonly uid: string };

/**
 * The record that created an object, as its annotations claim: anybody may have written them. Undefined if they are absent, or name
 * no record that could exist.
 */
export function readCause(
  object: KubernetesObject,
): (RecordIdentity & { readonly name: string }) | undefined {
  const annotations = readTextMap(readField(object, "metadata", "annotations"));
  const { [CAUSE_ANNOTATION]: name, [RECORD_ANNOTATION]: identity = "" } = annotations;
  const [namespace = "", uid = ""] = identity.split("/");
  const isAddress = name !== undefined && isObjectName(name) && isNamespaceName(namespace);
  return isAddress && uid !== "" ? { name, namespace, uid } : undefined;
}

/** The annotations of an object that a record creates. Its depth is one more than that of its trigger. */
export function toCauseAnnotations(cause: {
  readonly record: string;
  readonly depth: number;
  readonly now: string;
  readonly identity?: RecordIdentity | undefined;
}): Readonly<Record<string, string>> {
  const { identity } = cause;
  return {
    ...(identity === undefined
      ? {}
      : { [RECORD_ANNOTATION]: `${identity.namespace}/${identity.uid}` }),
    [CAUSE_ANNOTATION]: cause.record,
    [DEPTH_ANNOTATION]: String(cause.depth),
    [AT_ANNOTATION]: cause.now,
  };
}

/**
 * How deep in a chain of remediations the objects are (the trigger, and its controller one hop up): the largest depth of them, 0 if
 * none was created by Kubemend. Annotations that are older than the window, from the future, or malformed do not count.
 */
export function toDepth(objects: readonly KubernetesObject[], now: string): number {
  return Math.max(0, ...objects.map((object) => readDepth(object, Date.parse(now))));
}

/** Whether an object says that Kubemend will create it later: somebody else wrote that. */
export function isFromFuture(object: KubernetesObject, now: string): boolean {
  return readAtMs(object) > Date.parse(now) + CLOCK_TOLERANCE_MS;
}

function readAtMs(object: KubernetesObject): number {
  return Date.parse(readTextMap(readField(object, "metadata", "annotations"))[AT_ANNOTATION] ?? "");
}

function readDepth(object: KubernetesObject, nowMs: number): number {
  const annotations = readTextMap(readField(object, "metadata", "annotations"));
  const depth = Number(annotations[DEPTH_ANNOTATION]);
  const ageMs = nowMs - readAtMs(object);
  const young = ageMs < LOOP_WINDOW_MS && ageMs >= -CLOCK_TOLERANCE_MS;
  return Number.isSafeInteger(depth) && depth > 0 && young ? depth : 0;
}
