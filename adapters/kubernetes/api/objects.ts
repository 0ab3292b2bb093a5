import * as v from "valibot";
import { describeIssues, FIRST_ISSUE } from "../../../events/contract.ts";
import type { KubernetesObject } from "../../../events/change.ts";
import type { ObjectAddress } from "../../../core/operations/operation.ts";
import { isKubemendError, KubemendError } from "../../../core/errors.ts";
import { readObject } from "../../../core/changes/read-object.ts";
import { TooDeep } from "../../../core/changes/too-deep.ts";
import type { FieldPattern } from "../../../core/json/field-pattern.ts";
import { pickFields } from "../../../core/json/pick-fields.ts";
import { readListPages } from "./list-pages.ts";
import type { KubernetesClient } from "../http/client.ts";
import { toResourcePath } from "./path.ts";

type CollectionAddress = Omit<ObjectAddress, "name">;

const metadataSchema = v.looseObject({
  name: v.pipe(v.string(), v.nonEmpty()),
  uid: v.string(),
  namespace: v.optional(v.string()),
});
const objectSchema = v.looseObject({ metadata: metadataSchema });

/** One object, or null if it does not exist. One that is nested too deep is `Invalid` (terminal). */
export async function getObject(
  client: KubernetesClient,
  target: ObjectAddress,
  signal?: AbortSignal,
): Promise<KubernetesObject | null> {
  return toWhole(await getEvenDeep(client, target, signal), target);
}

/** An object that was read. One that is nested too deep has only its metadata, as in a message about it: `truncated` says why. */
export type ReadEvenDeep = {
  readonly object: KubernetesObject;
  readonly truncated?: string | undefined;
};

/** The object, if it could be read as a whole; else throws `Invalid` (terminal). */
export function toWhole(read: ReadEvenDeep | null, target: ObjectAddress): KubernetesObject | null {
  if (read?.truncated === undefined) return read && read.object;
  throw invalid(toResourcePath(target), `the object is ${read.truncated}`);
}

/** One object, even if it is nested too deep; null if it does not exist. */
export async function getEvenDeep(
  client: KubernetesClient,
  target: ObjectAddress,
  signal?: AbortSignal,
): Promise<ReadEvenDeep | null> {
  const read = await readEvenDeep(client, target, signal);
  return isKubemendError(read) ? null : read;
}

/** The object, or the answer by which there is none. */
async function readEvenDeep(
  client: KubernetesClient,
  target: ObjectAddress,
  signal: AbortSignal | undefined,
): Promise<ReadEvenDeep | KubemendError> {
  const path = toResourcePath(target);
  try {
    const body = await client.request({ method: "GET", path, deep: "wrapObject", signal });
    if (!(body instanceof TooDeep)) return { object: toKubernetesObject(body, target) };
    const shallow = readObject(body, target);
    if (shallow.ok) return shallow.value;
    throw invalid(path, shallow.error);
  } catch (error) {
    if (isKubemendError(error, "NotFound")) return error;
    throw error;
  }
}

/**
 * One object, even if it is nested too deep; null only if the API server says of this very name that it does not exist. For what deletes
 * something elsewhere because an object is gone: a server says "not found" also of a version that it no longer serves, and a proxy may say
 * it of everything. Throws `NotFound` in these cases (temporary).
 */
export async function getOrGone(
  client: KubernetesClient,
  target: ObjectAddress,
  signal?: AbortSignal,
): Promise<ReadEvenDeep | null> {
  const read = await readEvenDeep(client, target, signal);
  if (!isKubemendError(read)) return read;
  if (read.missing === target.name) return null;
  const message = `${read.message}: the answer does not name the object, so it is not known whether it exists`;
  throw new KubemendError("NotFound", message, { retryable: true, status: read.status });
}

export type ListOptions = {
  readonly labelSelector?: string | undefined;
  /** The fields that are kept of each object besides its identity: a list of whole objects may be larger than a function's memory. */
  readonly fields: readonly FieldPattern[];
};

const IDENTITY: readonly FieldPattern[] = ["name", "namespace", "uid"].map((field) => [
  "metadata",
  field,
]);

/**
 * All objects of a collection, page by page, as of one point in time. Items that are nested too deep are
 * left out: they must not hide the others.
 */
export async function listObjects(
  client: KubernetesClient,
  target: CollectionAddress,
  { labelSelector, fields }: ListOptions,
  signal?: AbortSignal,
): Promise<readonly KubernetesObject[]> {
  const objects: KubernetesObject[] = [];
  const path = toResourcePath(target);
  const patterns = [...IDENTITY, ...fields].map((field) => ({ path: field, whole: true }));
  for await (const { items } of readListPages(client, path, { labelSelector }, signal)) {
    for (const item of items) {
      if (item instanceof TooDeep) continue;
      objects.push(complete(read(objectSchema, pickFields(item, patterns), path), target));
    }
  }
  return objects;
}

/**
 * The objects of a collection as a whole, one after the other; a page of them is in memory. Items that are nested too deep are left out:
 * they must not hide the others. Of an item that is too large there is only the metadata.
 */
export async function* readObjects(
  client: KubernetesClient,
  collection: CollectionAddress & {
    readonly labelSelector?: string;
    readonly fieldSelector?: string;
  },
  signal?: AbortSignal,
): AsyncGenerator<KubernetesObject> {
  const { labelSelector, fieldSelector, ...target } = collection;
  const path = toResourcePath(target);
  for await (const { items } of readListPages(
    client,
    path,
    { labelSelector, fieldSelector },
    signal,
  )) {
    for (const item of items) {
      if (!(item instanceof TooDeep)) yield complete(read(objectSchema, item, path), target);
    }
  }
}

/** Reads an answer as an object; throws `Invalid` (terminal) if it is not one. */
export function toKubernetesObject(body: unknown, target: ObjectAddress): KubernetesObject {
  return complete(read(objectSchema, body, toResourcePath(target)), target);
}

/** Items of a list have no apiVersion and no kind: https://kubernetes.io/docs/reference/using-api/api-concepts/#collections */
function complete(
  item: v.InferOutput<typeof objectSchema>,
  target: CollectionAddress,
): KubernetesObject {
  const { group, version, kind } = target;
  return { ...item, apiVersion: group === "" ? version : `${group}/${version}`, kind };
}

function read<S extends v.GenericSchema>(schema: S, body: unknown, path: string): v.InferOutput<S> {
  const result = v.safeParse(schema, body, FIRST_ISSUE);
  if (result.success) return result.output;
  throw invalid(path, `the answer cannot be read: ${describeIssues(result.issues)}`);
}

function invalid(path: string, what: string): KubemendError {
  return new KubemendError("Invalid", `${path}: ${what}`, { retryable: false });
}
