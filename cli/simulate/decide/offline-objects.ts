import type { ChangeMessage, KubernetesObject } from "../../../events/change.ts";
import type { FoundReference } from "../../../events/reference.ts";
import { KubemendError } from "../../../core/errors.ts";
import { readField } from "../../../core/json/read-json.ts";
import type { ObjectAddress } from "../../../core/operations/operation.ts";
import { toGroup } from "../../../core/references/api-version.ts";
import { createRedact, type DeclaredRedactions } from "../../../core/redaction/redactor.ts";
import { parseDocuments } from "../../input/parse-documents.ts";

/** Objects that are known without a cluster. */
export type OfflineObjects = {
  /** Undefined: nothing is known about it. */
  readonly find: (target: ObjectAddress) => KubernetesObject | undefined;
  /** `metadata.managedFields` of the object; undefined: nobody knows. Only absent where no action asks for it. */
  readonly findManagers?: (target: ObjectAddress) => unknown;
  readonly list: (target: Omit<ObjectAddress, "name">) => readonly KubernetesObject[];
};

/** Objects of other clusters of the pipeline that the user has named, by the name of the cluster. */
export type ObjectsElsewhere = Readonly<Record<string, readonly KubernetesObject[]>>;

/**
 * The objects of a file, as `kubectl get -o yaml` writes them. Throws a KubemendError that names the file and what is wrong if it has
 * something else.
 */
export function parseOfflineObjects(text: string, file: string): readonly KubernetesObject[] {
  return parseDocuments(text, file).flatMap((document, index) => {
    if (document === null || document === undefined) return [];
    if (isKubernetesObject(document)) return [document];
    const message = `${file}: document ${index + 1} is no object with apiVersion, kind and metadata.name`;
    throw new KubemendError("Invalid", message, { retryable: false });
  });
}

function isKubernetesObject(document: unknown): document is KubernetesObject {
  return [["apiVersion"], ["kind"], ["metadata", "name"]].every((path) => {
    const text = readField(document, ...path);
    return typeof text === "string" && text !== "";
  });
}

/**
 * The objects that are known when a change is decided: its own one, unless that was deleted or only its metadata was sent, and those that the user
 * has named. Without parts that the pipeline redacts. An object without a uid is taken for the one that the change refers to.
 */
export function toOfflineObjects(
  named: readonly KubernetesObject[],
  message: ChangeMessage,
  references: readonly FoundReference[],
  pipeline: DeclaredRedactions,
  elsewhere: ObjectsElsewhere = {},
): OfflineObjects {
  const { object, change, payload, truncated } = message.data;
  const isWhole = change !== "deleted" && payload !== "metadata" && truncated !== true;
  const all = isWhole ? [object, ...named] : named;
  const redact = createRedact(pipeline);
  const toKnown = (found: KubernetesObject, target: Omit<ObjectAddress, "name">) =>
    redact(withUid(found, references), target).object;
  const listIn = ({ cluster }: { readonly cluster?: string | undefined }) =>
    cluster === undefined ? all : (elsewhere[cluster] ?? []);
  return {
    find(target) {
      const found = listIn(target).find(
        (one) => isOf(one, target) && one.metadata.name === target.name,
      );
      return found === undefined ? undefined : toKnown(found, target);
    },
    findManagers: (target) =>
      listIn(target)
        .filter((one) => isOf(one, target) && one.metadata.name === target.name)
        .map(({ metadata }) => metadata["managedFields"])
        // The recorded one has none.
        .find((managers) => managers !== undefined),
    list: (target) =>
      listIn(target)
        .filter((one) => isOf(one, target))
        .map((one) => toKnown(one, target)),
  };
}

function isOf(
  { apiVersion, kind, metadata }: KubernetesObject,
  target: Omit<ObjectAddress, "name">,
): boolean {
  if (toGroup(apiVersion) !== target.group || kind !== target.kind) return false;
  return target.namespace === null || metadata.namespace === target.namespace;
}

function withUid(
  object: KubernetesObject,
  references: readonly FoundReference[],
): KubernetesObject {
  if (typeof object.metadata.uid === "string" && object.metadata.uid !== "") return object;
  const { kind, metadata } = object;
  const referred = references.find(
    ({ result }) =>
      result.outcome === "resolved" &&
      result.kind === kind &&
      result.name === metadata.name &&
      (result.namespace ?? undefined) === metadata.namespace,
  );
  const known = referred?.result.outcome === "resolved" ? referred.result.uid : undefined;
  const uid = known === undefined || known === "" ? toOfflineUid(object) : known;
  return { ...object, metadata: { ...metadata, uid } };
}

/** The uid of an object that was written by hand: no other object of the input has it. */
export function toOfflineUid({ kind, metadata: { namespace, name } }: KubernetesObject): string {
  return namespace === undefined ? `${kind}/${name}` : `${kind}/${namespace}/${name}`;
}
