import type { KubernetesObject } from "../../events/change.ts";
import { readField, readTextMap } from "../json/read-json.ts";

/** Annotations of everything that Kubemend creates: the record that did, how deep in a chain of remediations, and when. */
export const CAUSE_ANNOTATION = "kubemend.dev/cause";
export const DEPTH_ANNOTATION = "kubemend.dev/depth";
export const AT_ANNOTATION = "kubemend.dev/at";
/** `<namespace>/<uid>` of that record: with its name, all that a wake-up needs. */
export const RECORD_ANNOTATION = "kubemend.dev/record";

/** A remediation of a remediation of a remediation is the last: then something else is wrong. */
export const MAX_DEPTH = 3;
/** A chain older than this has come to rest; what fails then, fails anew. */
export const LOOP_WINDOW_MS: number = 60 * 60_000;

/** Where a record is, and which one of its name. */
export type RecordIdentity = { readonly namespace: string; readonly uid: string };

/** The record that made an object, as the object says: anybody may have written it. Undefined where it does not. */
export function readCause(
  object: KubernetesObject,
): (RecordIdentity & { readonly name: string }) | undefined {
  const annotations = readTextMap(readField(object, "metadata", "annotations"));
  const { [CAUSE_ANNOTATION]: name, [RECORD_ANNOTATION]: identity = "" } = annotations;
  const [namespace = "", uid = ""] = identity.split("/");
  return name === undefined || namespace === "" || uid === ""
    ? undefined
    : { name, namespace, uid };
}

/** The annotations of an object that a record creates, one deeper than its trigger. */
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
 * How deep in a chain of remediations the objects are: the deepest of them (the trigger, and its owner one hop up), 0 for none.
 * Annotations older than the window, or broken ones, do not count.
 */
export function toDepth(objects: readonly KubernetesObject[], now: string): number {
  return Math.max(0, ...objects.map((object) => readDepth(object, Date.parse(now))));
}

function readDepth(object: KubernetesObject, nowMs: number): number {
  const annotations = readTextMap(readField(object, "metadata", "annotations"));
  const depth = Number(readField(annotations, DEPTH_ANNOTATION));
  const atMs = Date.parse(String(readField(annotations, AT_ANNOTATION)));
  const young = nowMs - atMs < LOOP_WINDOW_MS;
  return Number.isSafeInteger(depth) && depth > 0 && young ? depth : 0;
}
