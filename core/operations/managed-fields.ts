import { readBoundedJson } from "../../events/json.ts";
import { isObject, readField, readList, readOwn } from "../json/read-json.ts";
import type { ChangePath } from "./operation.ts";

/** Names Kubemend in `metadata.managedFields`. */
export const FIELD_MANAGER = "kubemend";

/** A label of every copy of a mirror: the id of the rule that keeps it equal. Comparisons list by it. */
export const MIRRORED_BY_LABEL = "kubemend.dev/mirrored-by";
/** An annotation of copies whose rule has `drift: report`: the changes of others stay there. */
export const DRIFT_ANNOTATION = "kubemend.dev/drift";

/** Controllers that write with updates what they keep in this state. Whatever is applied by the server is kept so by its manager. */
const RECONCILERS: ReadonlySet<unknown> = new Set([
  "argocd-controller",
  "argocd-application-controller",
  "kustomize-controller",
  "helm-controller",
]);

/**
 * The manager that would revert a change of this field: a known controller, or anyone who applied it with server-side apply. Undefined if
 * there is none. Kubemend itself only reverts changes of copies, and not of those whose mirror only reports drift.
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
export function findManager(object: unknown, path: ChangePath): string | undefined {
  for (const entry of readList(readField(object, "metadata", "managedFields"))) {
    const manager = readOwn(entry, "manager");
    if (typeof manager !== "string") continue;
    const keeps = RECONCILERS.has(manager) || readOwn(entry, "operation") === "Apply";
    if (!keeps || !owns(readOwn(entry, "fieldsV1"), path)) continue;
    const name = manager === FIELD_MANAGER ? findMirror(object) : manager;
    if (name !== undefined) return name;
  }
  return undefined;
}

/** The mirror that sets a change of the object back. */
function findMirror(object: unknown): string | undefined {
  const rule = readField(object, "metadata", "labels", MIRRORED_BY_LABEL);
  if (typeof rule !== "string") return undefined;
  const drift = readField(object, "metadata", "annotations", DRIFT_ANNOTATION);
  return drift === "report" ? undefined : `the mirror ${rule} (without drift: report)`;
}

/** The fields of an object, or of a subresource of it, that were applied by Kubemend, as fieldsV1; undefined if there are none. */
export function readAppliedFields(object: unknown, subresource = ""): unknown {
  const entries = readList(readField(object, "metadata", "managedFields"));
  const own = entries.find(
    (entry) =>
      readOwn(entry, "manager") === FIELD_MANAGER &&
      readOwn(entry, "operation") === "Apply" &&
      (readOwn(entry, "subresource") ?? "") === subresource,
  );
  return readOwn(own, "fieldsV1");
}

/** Whether the field, a part of it, or a value that contains it as a whole is in the set. */
function owns(fields: unknown, path: ChangePath): boolean {
  let node = fields;
  for (const [index, segment] of path.entries()) {
    if (!isObject(node)) return false;
    // An empty set is a leaf: the value is owned with all that is in it.
    if (index > 0 && Object.keys(node).length === 0) return true;
    node = typeof segment === "string" ? readOwn(node, `f:${segment}`) : findItem(node, segment);
  }
  return node !== undefined;
}

/** `k:{"name":"main"}`. */
function findItem(
  node: Readonly<Record<string, unknown>>,
  selector: Readonly<Record<string, string>>,
): unknown {
  const key = Object.keys(node).find((name) => {
    const read = name.startsWith("k:") ? readBoundedJson(name.slice(2)) : undefined;
    if (read?.outcome !== "read") return false;
    const { value } = read;
    return Object.entries(selector).every(([field, is]) => String(readOwn(value, field)) === is);
  });
  return key === undefined ? undefined : node[key];
}
