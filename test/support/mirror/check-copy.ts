/*
 * Says what is wrong with a copy, without any code of the mirror: source and copy become lists of paths with their values, from which what
 * the documentation says is left out is struck by patterns.
 */

type Json = unknown;
type Flat = ReadonlyMap<string, string>;

export type CopyRules = {
  readonly rule: string;
  readonly clusterUid: string;
  readonly namespaces?: Readonly<Record<string, string>> | undefined;
  readonly prefix?: string | undefined;
  readonly images?: readonly (readonly [from: string, to: string])[] | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly removedLabels?: readonly string[] | undefined;
  readonly status?: boolean | undefined;
  /** In the version that the target serves; default that of the source. */
  readonly apiVersion?: string | undefined;
};

/** The fields of a source that no copy has, by kind, as patterns of paths. `*` is for all kinds. */
const LEFT_OUT: Readonly<Record<string, readonly RegExp[]>> = {
  "*": [
    /^metadata\/(uid|resourceVersion|generation|creationTimestamp|deletionTimestamp|deletionGracePeriodSeconds|selfLink|generateName)$/,
    /^metadata\/(managedFields|finalizers|ownerReferences)(\/|$)/,
    /^metadata\/annotations\/kubectl\.kubernetes\.io%last-applied-configuration$/,
    /^metadata\/annotations\/deployment\.kubernetes\.io%/,
    /^metadata\/annotations\/pv\.kubernetes\.io%/,
    /^metadata\/annotations\/volume(\.beta)?\.kubernetes\.io%(storage-provisioner|selected-node)$/,
    /^metadata\/(annotations|labels)\/kubemend\.dev%/,
  ],
  Service: [
    /^spec\/clusterIPs?(\/|$)/,
    /^spec\/healthCheckNodePort$/,
    /^spec\/ipFamilies(\/|$)/,
    /^spec\/ports\/\d+\/nodePort$/,
  ],
  PersistentVolumeClaim: [/^spec\/volumeName$/],
  ServiceAccount: [/^secrets(\/|$)/],
  Pod: [/^spec\/(nodeName|priority|preemptionPolicy)$/],
  Job: [
    /^spec\/selector(\/|$)/,
    /^spec\/ttlSecondsAfterFinished$/,
    /labels\/(batch\.kubernetes\.io%)?(controller-uid|job-name)$/,
    /template\/metadata\/creationTimestamp$/,
  ],
  Deployment: [/template\/metadata\/creationTimestamp$/],
};

/**
 * The faults of a copy. `exact`: it is what would be applied, so it has nothing besides; else it is what an API server answers, which has
 * added fields of its own.
 */
export function findCopyFaults(
  source: Json,
  copy: Json,
  rules: CopyRules,
  mode: "exact" | "stored",
): readonly string[] {
  const [wanted, found] = [toWanted(source, rules), flatten(copy)];
  const missing = [...wanted].flatMap(([path, value]) => {
    const is = found.get(path);
    if (is === value || isEmpty(value)) return [];
    return [`${path} is to be ${value} and is ${is ?? "absent"}`];
  });
  if (mode === "stored") return missing;
  const more = [...found].flatMap(([path, value]) =>
    wanted.has(path) || isEmpty(value) ? [] : [`${path} is ${value}, which nobody asked for`],
  );
  return [...missing, ...more];
}

function toWanted(source: Json, rules: CopyRules): Flat {
  const flat = flatten(source);
  const kind = read(flat, "kind");
  const isHeadless = kind === "Service" && read(flat, "spec/clusterIP") === "None";
  const wanted = new Map<string, string>();
  for (const [path, value] of flat) {
    const isStruck = [...(LEFT_OUT["*"] ?? []), ...(LEFT_OUT[kind] ?? [])].some((pattern) =>
      pattern.test(path),
    );
    const isKept = isHeadless && /^spec\/clusterIPs?(\/|$)/.test(path);
    const isStatus = path === "status" || path.startsWith("status/");
    const isSingle = path === "spec/ipFamilyPolicy" && kind === "Service";
    if (isSingle && value === JSON.stringify("SingleStack")) continue;
    if (isStatus ? rules.status !== true : isStruck && !isKept) continue;
    wanted.set(path, /(ers|Containers)\/\d+\/image$/.test(path) ? mapImage(value, rules) : value);
  }
  const [namespace, name] = [read(flat, "metadata/namespace"), read(flat, "metadata/name")];
  const set = (path: string, value: string): Map<string, string> =>
    wanted.set(path, JSON.stringify(value));
  set("metadata/name", `${rules.prefix ?? ""}${name}`);
  if (namespace !== "") set("metadata/namespace", rules.namespaces?.[namespace] ?? namespace);
  for (const label of rules.removedLabels ?? []) wanted.delete(`metadata/labels/${escape(label)}`);
  for (const [key, value] of Object.entries(rules.labels ?? {})) {
    set(`metadata/labels/${escape(key)}`, value);
  }
  if (rules.apiVersion !== undefined) set("apiVersion", rules.apiVersion);
  set("metadata/labels/kubemend.dev%mirrored-by", rules.rule);
  const says = {
    "source-cluster": rules.clusterUid,
    "source-uid": read(flat, "metadata/uid"),
    "source-version": read(flat, "metadata/resourceVersion"),
    "source-object": namespace === "" ? name : `${namespace}/${name}`,
  };
  for (const [key, value] of Object.entries(says)) {
    set(`metadata/annotations/kubemend.dev%${key}`, value);
  }
  return wanted;
}

function mapImage(value: string, { images = [] }: CopyRules): string {
  const image = JSON.parse(value) as string;
  for (const [from, to] of images) {
    if (image.startsWith(from)) return JSON.stringify(image.replace(from, () => to));
  }
  return value;
}

function read(flat: Flat, path: string): string {
  const value = flat.get(path);
  return value === undefined ? "" : (JSON.parse(value) as string);
}

/** Every scalar, and every empty map and list, by its path. Null counts as absent. */
function flatten(value: Json): Flat {
  const flat = new Map<string, string>();
  const todo: [string, Json][] = [["", value]];
  for (const [path, item] of todo) {
    if (item === null || item === undefined) continue;
    const isLeaf = typeof item !== "object" || Object.keys(item).length === 0;
    if (isLeaf) flat.set(path, JSON.stringify(item));
    else {
      for (const [key, field] of Object.entries(item)) {
        todo.push([path === "" ? escape(key) : `${path}/${escape(key)}`, field]);
      }
    }
  }
  return flat;
}

function escape(key: string): string {
  return key.replaceAll("/", "%");
}

function isEmpty(value: string): boolean {
  return value === "{}" || value === "[]";
}
