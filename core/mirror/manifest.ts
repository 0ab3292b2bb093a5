import type { KubernetesObject } from "../../events/change.ts";
import { readOwn } from "../json/read-json.ts";
import type { OwnerReference } from "../operations/operation.ts";
import { toGroup } from "../references/api-version.ts";

/** An object as it is to be in a target cluster: everything that is applied, and nothing that the API server makes. */
export type Manifest = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string | undefined;
    readonly labels?: Readonly<Record<string, string>> | undefined;
    readonly annotations?: Readonly<Record<string, string>> | undefined;
    readonly ownerReferences?: readonly OwnerReference[] | undefined;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
};

/** The place of an object; `namespace` is null for cluster-scoped ones. */
export type Place = { readonly namespace: string | null; readonly name: string };

export function toPlace({ metadata }: KubernetesObject): Place {
  return { namespace: metadata.namespace ?? null, name: metadata.name };
}

/** Whether an object is being deleted. */
export function isTerminating({ metadata }: KubernetesObject): boolean {
  return typeof metadata["deletionTimestamp"] === "string";
}

/** The resourceVersion of an object; "" if it has none. */
export function readVersion({ metadata }: KubernetesObject): string {
  const version = metadata["resourceVersion"];
  return typeof version === "string" ? version : "";
}

/** Why an object cannot be mirrored as it is: terminal until the object, the rule or the target changes. */
export type Refusal = { readonly code: string; readonly message: string };

/** `namespace/name`, or the name alone: neither can contain a slash. */
export function formatPlace({ namespace, name }: Place): string {
  return namespace === null ? name : `${namespace}/${name}`;
}

export function parsePlace(text: string): Place {
  const slash = text.indexOf("/");
  if (slash === -1) return { namespace: null, name: text };
  return { namespace: text.slice(0, slash), name: text.slice(slash + 1) };
}

export function isSamePlace(left: Place, right: Place): boolean {
  return left.namespace === right.namespace && left.name === right.name;
}

/** A copy as it is to be. */
export type Desired = {
  readonly manifest: Manifest;
  /** For the subresource, if the rule mirrors the status and the source has one. */
  readonly status?: unknown;
  /** `Kind/name` of the owners that the copy does without. */
  readonly droppedOwners: readonly string[];
};

/** Whether the copy of another object of the same name has to run again. */
export function runsOnce(copy: KubernetesObject): boolean {
  return RUN_ONCE.has(toGroupKind(copy));
}

/** Whether a copy of which a field cannot be changed may be deleted and created, as far as its kind is concerned. */
export function isReplaceable(copy: KubernetesObject, isOther: boolean): boolean {
  const kind = toGroupKind(copy);
  if (HOLDS_DATA.has(kind)) return false;
  // If the source is the same object, somebody has sealed its copy. Nothing runs of it that a replacement would stop.
  return isOther || (SEALABLE.has(kind) && readOwn(copy, "immutable") === true);
}

const RUN_ONCE: ReadonlySet<string> = new Set(["batch/Job", "/Pod"]);
const HOLDS_DATA: ReadonlySet<string> = new Set(["/PersistentVolumeClaim", "/PersistentVolume"]);
const SEALABLE: ReadonlySet<string> = new Set(["/ConfigMap", "/Secret"]);

function toGroupKind({ apiVersion, kind }: KubernetesObject): string {
  return `${toGroup(apiVersion) ?? ""}/${kind}`;
}
