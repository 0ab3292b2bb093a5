import { MAX_REFERENCES, type ReferenceRelation } from "../../events/reference.ts";
import type { FieldPath } from "../json/field-path.ts";
import { isObject, readOwn } from "../json/read-json.ts";
import { NESTED_FIELDS, ROOT_FIELDS, toOwnerRelation } from "./relation.ts";

/** Most objects and lists that are visited. An API object has at most 1.5 MiB (etcd), and no real one of that size has more. */
const MAX_NODES = 100_000;
const MAX_DEPTH = 64;

/** Fields that do not say what the object refers to: status reports, payloads, and schemas of other objects. */
const SKIPPED_AT_ROOT = new Set(["metadata", "status", "data", "binaryData", "stringData"]);
const SKIPPED_ANYWHERE = new Set(["openAPIV3Schema"]);

const OWNERS: Field = { relation: "owner", many: true };

/** A place in an object that contains a value like a reference. */
export type ReferencePlace = {
  readonly path: FieldPath;
  readonly value: unknown;
  readonly relation: ReferenceRelation;
};

type Container = Readonly<Record<string, unknown>> | readonly unknown[];

/** A place that is visited. Its path is built only if a reference is found there. */
type Node = {
  readonly value: Container;
  readonly parent: Node | undefined;
  readonly key: string | number;
  readonly depth: number;
};

type Field = { readonly relation: ReferenceRelation; readonly many: boolean };

/**
 * The places of an object that contain references, in a fixed order: owners, those at the root, then depth first in the order
 * of the object's fields, where the references of a field come before those below it; the Node of a Pod is the last. These are known:
 * ownerReferences; the involvedObject, regarding and related of an Event; roleRef and subjects; scaleTargetRef, targetRef, claimRef,
 * dataSource(Ref), parentRefs and backendRefs anywhere outside status; and the nodeName of a Pod. Whole objects inside the object are skipped, because
 * their references are their own. Never throws; returns at most MAX_REFERENCES, in bounded time.
 */
export function findPlaces(object: unknown): readonly ReferencePlace[] {
  if (!isObject(object)) return [];
  const owners = readOwn(readOwn(object, "metadata"), "ownerReferences");
  const found = toPlaces(owners, ["metadata", "ownerReferences"], OWNERS).map((place) => ({
    ...place,
    relation: toOwnerRelation(place.value),
  }));
  for (const [key, field] of ROOT_FIELDS) {
    if (Object.hasOwn(object, key)) found.push(...toPlaces(object[key], [key], field));
  }
  collectNested(object, found);
  return [...found, ...findNode(object)].slice(0, MAX_REFERENCES);
}

/** The Node of a Pod, of which the Pod has only the name. */
function findNode(object: Readonly<Record<string, unknown>>): readonly ReferencePlace[] {
  const name = readOwn(readOwn(object, "spec"), "nodeName");
  const isPod = object["kind"] === "Pod" && object["apiVersion"] === "v1";
  if (!isPod || typeof name !== "string" || name === "") return [];
  return [{ path: ["spec", "nodeName"], value: { kind: "Node", name }, relation: "node" }];
}

/** Depth first, with an explicit stack, so that deep nesting cannot overflow the call stack. */
function collectNested(object: Container, found: ReferencePlace[]): void {
  const stack: Node[] = [{ value: object, parent: undefined, key: "", depth: 0 }];
  for (let visited = 0; visited < MAX_NODES && found.length < MAX_REFERENCES; visited += 1) {
    const node = stack.pop();
    if (node === undefined) return;
    const below = stack.length;
    const keys = Array.isArray(node.value) ? node.value.keys() : toKeys(node);
    for (const key of keys) {
      const value = (node.value as Readonly<Record<string | number, unknown>>)[key];
      if (typeof value !== "object" || value === null) continue;
      const field = typeof key === "string" ? NESTED_FIELDS.get(key) : undefined;
      if (field !== undefined && holdsReference(key, value, field.many)) {
        found.push(...toPlaces(value, [...toPath(node), key], field));
      } else if (node.depth < MAX_DEPTH) {
        stack.push({ value: value as Container, parent: node, key, depth: node.depth + 1 });
      }
    }
    reverseFrom(stack, below);
  }
}

/** The keys that are visited. */
function toKeys(node: Node): readonly string[] {
  if (node.depth > 0 && isManifest(node.value)) return [];
  const keys = Object.keys(node.value);
  return node.depth > 0
    ? keys.filter((key) => !SKIPPED_ANYWHERE.has(key))
    : keys.filter((key) => !SKIPPED_AT_ROOT.has(key) && !ROOT_FIELDS.has(key));
}

/** The first child must be popped first. In place, because spreading some 100,000 arguments overflows the call stack. */
function reverseFrom(stack: Node[], start: number): void {
  for (let low = start, high = stack.length - 1; low < high; low += 1, high -= 1) {
    const [first, last] = [stack[low], stack[high]];
    if (first === undefined || last === undefined) return;
    stack[low] = last;
    stack[high] = first;
  }
}

function toPath(node: Node): FieldPath {
  const path: (string | number)[] = [];
  for (let at = node; at.parent !== undefined; at = at.parent) path.push(at.key);
  return path.toReversed();
}

function toPlaces(value: unknown, path: FieldPath, field: Field): readonly ReferencePlace[] {
  const { relation, many } = field;
  if (value === undefined || value === null) return [];
  if (!many) return [{ path, value, relation }];
  if (!Array.isArray(value)) return [];
  return (value as readonly unknown[])
    .slice(0, MAX_REFERENCES)
    .map((item, index) => ({ path: [...path, index], value: item, relation }));
}

/** Many APIs have a field `dataSource` (dashboards, for example): it is a reference only if it has a kind or a name. */
function holdsReference(key: string | number, value: unknown, many: boolean): boolean {
  if (many) return Array.isArray(value);
  if (!isObject(value)) return false;
  return key !== "dataSource" || Object.hasOwn(value, "kind") || Object.hasOwn(value, "name");
}

function isManifest(value: unknown): boolean {
  return (
    typeof readOwn(value, "apiVersion") === "string" &&
    typeof readOwn(value, "kind") === "string" &&
    isObject(readOwn(value, "metadata"))
  );
}
