import type { LeftReference } from "../../../events/moves/move.ts";
import { formatFieldPath, type FieldPath } from "../../json/field-path.ts";
import { isObject, readList, readOwn, readTextMap } from "../../json/read-json.ts";

/** Most places of an object that are looked at, and how deep. */
const MAX_NODES = 100_000;
const MAX_DEPTH = 64;
const MAX_FOUND = 200;

/** Fields at the root that hold no references. Owners are looked at by themselves. */
const SKIPPED = new Set(["metadata", "status", "data", "binaryData", "stringData"]);

/** Fields that hold a reference without its kind: the field of the name, and the kind. */
const KNOWN: Readonly<Record<string, readonly [string, string]>> = {
  configMap: ["name", "ConfigMap"],
  configMapRef: ["name", "ConfigMap"],
  configMapKeyRef: ["name", "ConfigMap"],
  secretRef: ["name", "Secret"],
  secretKeyRef: ["name", "Secret"],
  // Of projected volumes; that of another volume has a `secretName`.
  secret: ["name", "Secret"],
  imagePullSecrets: ["name", "Secret"],
  // The backend of an Ingress, or of an API service.
  service: ["name", "Service"],
  // Of a RoleBinding: a ServiceAccount is in no API group there.
  subjects: ["name", "ServiceAccount"],
  persistentVolumeClaim: ["claimName", "PersistentVolumeClaim"],
};

/** Fields that hold the name of an object itself. */
const NAMES: Readonly<Record<string, string>> = {
  secretName: "Secret",
  dataSecretName: "Secret",
  serviceAccountName: "ServiceAccount",
  serviceName: "Service",
  storageClassName: "StorageClass",
  ingressClassName: "IngressClass",
  priorityClassName: "PriorityClass",
};

/** A reference as it is written; without a kind if the field does not say it. */
type WrittenLink = {
  readonly field: string;
  readonly kind?: string | undefined;
  readonly namespace?: string | undefined;
  readonly name: string;
};

/**
 * The references of an object, besides its owners: anything with a kind and a name beside an apiVersion or an API group, a field called
 * `...Ref` with a name, the well-known fields of Pods, and what the kind of the object says. Bounded and total on any JSON.
 */
export function findLinks(object: unknown): readonly WrittenLink[] {
  if (!isObject(object)) return [];
  const found: WrittenLink[] = [...findImplied(object)];
  const stack: { readonly value: unknown; readonly path: FieldPath }[] = [];
  const visit = (key: string | number, value: unknown, path: FieldPath): void => {
    const link = readLink(key, value, path);
    if (link !== undefined) found.push(link);
    if (typeof value === "object" && value !== null && path.length < MAX_DEPTH) {
      stack.push({ value, path });
    }
  };
  for (const key of Object.keys(object)) {
    if (!SKIPPED.has(key)) visit(key, object[key], [key]);
  }
  for (let seen = 0; seen < MAX_NODES && found.length < MAX_FOUND; seen += 1) {
    const node = stack.pop();
    if (node === undefined) break;
    const { value, path } = node;
    if (Array.isArray(value)) {
      // An element of `parentRefs` is called like its list.
      const name = path.findLast((part) => typeof part === "string") ?? "";
      value.forEach((item, at) => visit(name, item, [...path, at]));
    } else if (isObject(value)) {
      for (const key of Object.keys(value)) visit(key, value[key], [...path, key]);
    }
  }
  return found;
}

function readLink(key: string | number, value: unknown, path: FieldPath): WrittenLink | undefined {
  const field = formatFieldPath(path);
  if (typeof key !== "string") return undefined;
  if (typeof value === "string") {
    const kind = Object.hasOwn(NAMES, key) ? NAMES[key] : undefined;
    return kind === undefined || value === "" ? undefined : { field, kind, name: value };
  }
  if (!isObject(value)) return undefined;
  const [nameField, known] = (Object.hasOwn(KNOWN, key) ? KNOWN[key] : undefined) ?? [];
  const kind = readText(value, "kind") ?? known;
  const name = readText(value, nameField ?? "name");
  if (name === undefined || isPerson(value)) return undefined;
  const isTyped =
    readText(value, "kind") !== undefined &&
    ["apiVersion", "apiGroup", "group"].some((one) => typeof readOwn(value, one) === "string");
  if (!isTyped && known === undefined && !REFERENCE.test(key)) return undefined;
  return { field, kind, namespace: readText(value, "namespace"), name };
}

/** Users and groups are no objects. */
function isPerson(value: unknown): boolean {
  return (
    readOwn(value, "apiGroup") === "rbac.authorization.k8s.io" &&
    ["User", "Group"].includes(String(readOwn(value, "kind")))
  );
}

/** The elements of the last have a kind and no group, which that kind says: ConfigMaps and Secrets of Flux. */
const REFERENCE = /Ref(erence)?s?$|^valuesFrom$/;

const FLUX = /^[a-z]+\.toolkit\.fluxcd\.io\//;

/** References that only the kind of the object says. */
function findImplied(object: unknown): readonly WrittenLink[] {
  const [apiVersion = "", kind, name] = [
    readText(object, "apiVersion"),
    readText(object, "kind"),
    readText(readOwn(object, "metadata"), "name"),
  ];
  const spec = readOwn(object, "spec");
  if (apiVersion === "v1" && kind === "Service" && name !== undefined) {
    const isSelecting = Object.keys(readTextMap(readOwn(spec, "selector"))).length > 0;
    const isAlias = readOwn(spec, "type") === "ExternalName";
    return isSelecting || isAlias ? [] : [{ field: "metadata.name", kind: "Endpoints", name }];
  }
  if (!FLUX.test(apiVersion)) return [];
  return readList(readOwn(spec, "dependsOn")).flatMap((one, at): readonly WrittenLink[] => {
    const on = readText(one, "name");
    if (on === undefined) return [];
    const field = formatFieldPath(["spec", "dependsOn", at]);
    return [{ field, kind, namespace: readText(one, "namespace"), name: on }];
  });
}

function readText(value: unknown, key: string): string | undefined {
  const text = readOwn(value, key);
  return typeof text === "string" && text !== "" ? text : undefined;
}

/** The identity by which references and members are compared: their kinds and names. */
type Member = {
  readonly kind: string;
  readonly namespace: string | null;
  readonly name: string;
};

/** The object that moves and that a reference names, as `Machine shop/web-1`; undefined if none does. */
export type Members = {
  readonly find: (link: WrittenLink, namespace: string | null) => string | undefined;
};

export function toMembers(members: readonly Member[]): Members {
  const places = new Map<string, string>();
  for (const { kind, namespace, name } of members) {
    const named = namespace === null ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
    places.set(toKey(kind, namespace, name), named);
    places.set(toKey("", namespace, name), named);
  }
  return {
    find({ kind = "", namespace: named, name }, own) {
      // A cluster-scoped object has no namespace, whatever the reference or its carrier has.
      const keys = [named ?? own, null].map((namespace) => toKey(kind, namespace, name));
      return places.get(keys.find((key) => places.has(key)) ?? "");
    },
  };
}

/** The references of an object to objects that do not move. */
export function findLeftReferences(
  object: unknown,
  { name, namespace }: { readonly name: string; readonly namespace: string | null },
  members: Members,
): readonly LeftReference[] {
  const left = findLinks(object).filter((link) => members.find(link, namespace) === undefined);
  return left.map((link) => {
    const where = link.namespace ?? namespace;
    const place = where === null ? link.name : `${where}/${link.name}`;
    return { object: name, field: link.field, refersTo: `${link.kind ?? "an object"} ${place}` };
  });
}

function toKey(kind: string, namespace: string | null, name: string): string {
  return JSON.stringify([kind, namespace, name]);
}
