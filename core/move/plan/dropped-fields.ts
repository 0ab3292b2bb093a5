import { formatFieldPath, type FieldPath } from "../../json/field-path.ts";
import { isObject, readField, readList, readOwn } from "../../json/read-json.ts";
import { prune } from "../../mirror/prune.ts";
import { isOwned } from "../../mirror/yield-fields.ts";
import { limitText } from "../../text/limit-text.ts";

/** A value that somebody has chosen and that the copy does not have. */
export type DroppedField = { readonly field: string; readonly value: string };

const MAX_LENGTH = 200;
const MAX_FOUND = 20;
const MAX_DEPTH = 32;

/** Parts of Kubernetes itself: what they write, those of the target write there, too. */
const OWN_MANAGER = /^(?:kube-|kubelet$|cloud-controller-manager$)/;

/**
 * The fields of an object that its copy is without, because the API server or a controller of each cluster sets them, although somebody has
 * set them here: the managers of fields say so. An example is the nodePort of a Service that a firewall names. Total on any JSON.
 */
export function findDroppedFields(object: unknown, resource: string): readonly DroppedField[] {
  if (!isObject(object)) return [];
  const {
    metadata: _metadata,
    status: _status,
    apiVersion: _version,
    kind: _kind,
    ...body
  } = object;
  const missing: FieldPath[] = [];
  collectMissing({ value: body, kept: prune(object, resource), path: [] }, missing);
  if (missing.length === 0) return [];
  const owners = readList(readField(object, "metadata", "managedFields")).filter(
    (entry) => !OWN_MANAGER.test(String(readOwn(entry, "manager"))),
  );
  return missing
    .filter((path) =>
      owners.some((entry) =>
        isOwned({ fields: readOwn(entry, "fieldsV1"), value: object }, path, new Map()),
      ),
    )
    .slice(0, MAX_FOUND)
    .map((path) => {
      const value = path.reduce<unknown>(
        (at, key) => (typeof key === "number" ? readList(at)[key] : readOwn(at, key)),
        object,
      );
      return { field: formatFieldPath(path), value: limitText(JSON.stringify(value), MAX_LENGTH) };
    });
}

/** The places that the kept value does not have; within lists only if they are of the same length. */
function collectMissing(
  {
    value,
    kept,
    path,
  }: { readonly value: unknown; readonly kept: unknown; readonly path: FieldPath },
  missing: FieldPath[],
): void {
  if (value === kept || value === null || path.length > MAX_DEPTH) return;
  if (kept === undefined) {
    missing.push(path);
    return;
  }
  if (Array.isArray(value) && Array.isArray(kept) && value.length === kept.length) {
    value.forEach((item, at) =>
      collectMissing({ value: item, kept: kept[at] as unknown, path: [...path, at] }, missing),
    );
  } else if (isObject(value) && isObject(kept)) {
    for (const key of Object.keys(value)) {
      collectMissing(
        { value: value[key], kept: readOwn(kept, key), path: [...path, key] },
        missing,
      );
    }
  }
}
