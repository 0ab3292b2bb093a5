import { isNamespaceName, isObjectName } from "../../../events/address.ts";
import type { KubernetesObject } from "../../../events/change.ts";
import { readField, readTextMap } from "../../json/read-json.ts";

/** Annotations of everything that Kubemend creates: by which record, how deep in a chain of remediations, and when. */
export const CAUSE_ANNOTATION = "kubemend.dev/cause";
export const DEPTH_ANNOTATION = "kubemend.dev/depth";
export const AT_ANNOTATION = "kubemend.dev/at";
/** The rules of that chain, and when each of them acted last: see `chain.ts`. */
export const RULES_ANNOTATION = "kubemend.dev/rules";
/** The rules that have changed this very object, and when: see `changed-by.ts`. It never passes to another object. */
export const CHANGED_BY_ANNOTATION = "kubemend.dev/changed-by";
/** `<namespace>/<uid>` of that record: together with its name, everything that a wake-up needs. */
export const RECORD_ANNOTATION = "kubemend.dev/record";

/** Digest of what the object was created from, as the plan states it. */
export const DIGEST_ANNOTATION = "kubemend.dev/digest";

/** Annotations that are written with every change, and of use only to Kubemend. */
export const CAUSE_ANNOTATIONS: readonly string[] = [
  AT_ANNOTATION,
  CAUSE_ANNOTATION,
  CHANGED_BY_ANNOTATION,
  DEPTH_ANNOTATION,
  DIGEST_ANNOTATION,
  RECORD_ANNOTATION,
  RULES_ANNOTATION,
];

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

/** The annotations of an object that a record creates or changes. Its chain is that of the trigger, and the record's rule. */
export function toCauseAnnotations(cause: {
  readonly record: string;
  readonly depth: number;
  /** As text, see `formatRules`. Absent: nobody knows all of them. */
  readonly rules?: string | undefined;
  readonly now: string;
  /** Of an object that is changed, see `extendChangedBy`. */
  readonly changedBy?: string | undefined;
  readonly identity?: RecordIdentity | undefined;
}): Readonly<Record<string, string>> {
  const { identity, rules, changedBy } = cause;
  return {
    ...(identity === undefined
      ? {}
      : { [RECORD_ANNOTATION]: `${identity.namespace}/${identity.uid}` }),
    [CAUSE_ANNOTATION]: cause.record,
    [DEPTH_ANNOTATION]: String(cause.depth),
    ...(rules === undefined ? {} : { [RULES_ANNOTATION]: rules }),
    ...(changedBy === undefined ? {} : { [CHANGED_BY_ANNOTATION]: changedBy }),
    [AT_ANNOTATION]: cause.now,
  };
}
