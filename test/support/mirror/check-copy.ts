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
    /^spec\/ports\/[^/]+\/nodePort$/,
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
  DaemonSet: [/^metadata\/annotations\/deprecated\.daemonset\.template\.generation$/],
};

/**
 * The state that a copy is compared as. `exact`: as what would be applied, which has nothing besides. `stored`: as what an API server answers, which
 * has added fields of its own. `twin`: as what an API server answers, too, and it has no fields but those that the source's API server
 * answers as well, and those that every API server makes for itself. `shared`: as what an API server answers, and others may have added
 * elements to its lists.
 */
export type CheckMode = "exact" | "stored" | "twin" | "shared";

/** The faults of a copy. */
export function findCopyFaults(
  source: Json,
  copy: Json,
  rules: CopyRules,
  mode: CheckMode,
): readonly string[] {
  const toPlace = mode === "shared" ? toKey : toIndex;
  const [wanted, found] = [toWanted(source, rules, toPlace), flatten(copy, toPlace)];
  const missing = [...wanted].flatMap(([path, value]) => {
    const is = found.get(path);
    if (is === value || isEmpty(value)) return [];
    return [`${path} is to be ${value} and is ${is ?? "absent"}`];
  });
  if (mode === "stored" || mode === "shared") return missing;
  const kind = read(found, "kind");
  const more = [...found].flatMap(([path, value]) => {
    if (wanted.has(path) || isEmpty(value)) return [];
    const isMade = isStruck(kind, path) || isStatus(path) || isSingleStack(kind, path, value);
    const isOwn = mode === "twin" && isMade;
    return isOwn ? [] : [`${path} is ${value}, which nobody asked for`];
  });
  return [...missing, ...more];
}

function isStruck(kind: string, path: string): boolean {
  const patterns = [...(LEFT_OUT["*"] ?? []), ...(LEFT_OUT[kind] ?? [])];
  return patterns.some((pattern) => pattern.test(path));
}

/** The default of Services, which each cluster decides for itself. */
function isSingleStack(kind: string, path: string, value: string): boolean {
  return kind === "Service" && path === "spec/ipFamilyPolicy" && value === '"SingleStack"';
}

function isStatus(path: string): boolean {
  return path === "status" || path.startsWith("status/");
}

function toWanted(source: Json, rules: CopyRules, toPlace: ToPlace): Flat {
  const flat = flatten(source, toPlace);
  const kind = read(flat, "kind");
  const isHeadless = kind === "Service" && read(flat, "spec/clusterIP") === "None";
  const wanted = new Map<string, string>();
  for (const [path, value] of flat) {
    const isKept = isHeadless && /^spec\/clusterIPs?(\/|$)/.test(path);
    if (isSingleStack(kind, path, value)) continue;
    if (isStatus(path) ? rules.status !== true : isStruck(kind, path) && !isKept) continue;
    if (kind.endsWith("RoleBinding") && /^subjects\/[^/]+\/namespace$/.test(path)) {
      const account = JSON.parse(value) as string;
      wanted.set(path, JSON.stringify(rules.namespaces?.[account] ?? account));
      continue;
    }
    wanted.set(path, /(ers|Containers)\/[^/]+\/image$/.test(path) ? mapImage(value, rules) : value);
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

/** The name of an element of a list in a path. */
type ToPlace = (item: Json, index: number) => string;

const toIndex: ToPlace = (_, index) => String(index);

/** Fields by which API servers tell elements apart, the most telling first. */
const KEYS: readonly (readonly string[])[] = [
  ["containerPort", "protocol"],
  ["mountPath"],
  ["port", "protocol"],
  ["name", "protocol"],
  ["topologyKey", "whenUnsatisfiable"],
  ["ip"],
  ["uid"],
];

const toKey: ToPlace = (item, index) => {
  if (typeof item !== "object" || item === null) return JSON.stringify(item);
  const fields = new Map<string, Json>(Object.entries(item));
  const keys = KEYS.find(([first = ""]) => fields.has(first));
  const toText = (key: string): string =>
    JSON.stringify(fields.get(key) ?? "").replace(TOKEN_VOLUME, "kube-api-access-*");
  return keys?.map(toText).join("+") ?? String(index);
};

/** The volume that each API server gives a Pod for its token: it stands at the end of the list, under a name of its own. */
const TOKEN_VOLUME = /kube-api-access-[a-z0-9]{5}/;

/** Every scalar, and every empty map and list, by its path. Null counts as absent. */
function flatten(value: Json, toPlace: ToPlace): Flat {
  const flat = new Map<string, string>();
  const todo: [string, Json][] = [["", value]];
  for (const [path, item] of todo) {
    if (item === null || item === undefined) continue;
    const isLeaf = typeof item !== "object" || Object.keys(item).length === 0;
    if (isLeaf) flat.set(path, JSON.stringify(item).replace(TOKEN_VOLUME, "kube-api-access-*"));
    else {
      for (const [name, field] of Object.entries(item)) {
        const key = Array.isArray(item) ? toPlace(field, Number(name)) : name;
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
