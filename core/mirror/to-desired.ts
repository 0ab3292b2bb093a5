import type { KubernetesObject } from "../../events/change.ts";
import { evaluateValue } from "../actions/contract/evaluate-value.ts";
import { readRuleValue } from "../actions/contract/rule-value.ts";
import type { MarkChanges, MirrorParameters } from "../actions/mirror/mirror-parameters.ts";
import type { Bindings } from "../cel/compile.ts";
import { isKubemendError } from "../errors.ts";
import { isObject, readField, readOwn, readTextMap } from "../json/read-json.ts";
import { parseChangePath } from "../operations/change-path.ts";
import { applyChanges } from "../operations/json-patch.ts";
import { toApiVersion } from "../references/api-version.ts";
import { toResourceName } from "../references/resource-name.ts";
import { ok, refuse, type Result } from "../result.ts";
import { edit, editItems, without } from "./values/edit.ts";
import { readVersion, toPlace, type Desired, type Manifest, type Refusal } from "./manifest.ts";
import { mapImages } from "./values/map-images.ts";
import { mapNamespace, mapPlace } from "./map-place.ts";
import { toMirrorBindings, type MirrorContext } from "./mirror-context.ts";
import { rewriteOwners } from "./owners.ts";
import { toMirrorDigest, toProvenanceMarks } from "./provenance.ts";
import { prune } from "./prune.ts";

/**
 * The copy of a source in a target: without what is made by its cluster, and changed as the rule says, in this order: names, images, fields,
 * labels and annotations, owners. Refused if a value of the rule cannot be computed for this object, or a field cannot be written.
 */
export function toDesired(
  source: KubernetesObject,
  context: MirrorContext,
): Result<Desired, Refusal> {
  const { mirror, type } = context;
  const resource = toResourceName(type);
  const bindings = toMirrorBindings(source, context);
  try {
    const mapped = mapImages(mapNamespaces(prune(source, resource), context), mirror.images);
    const fields = changeFields(mapped, context, bindings);
    if (!fields.ok) return refuse({ code: "InvalidField", message: fields.error });
    const { metadata, droppedOwners } = toMetadata(source, fields.value, context, bindings);
    const { metadata: _metadata, ...body } = toObject(fields.value);
    const manifest = { ...body, apiVersion: toApiVersion(type), kind: type.kind, metadata };
    const status = mirror.status ? readOwn(source, "status") : undefined;
    return ok({ manifest, droppedOwners, ...(status === undefined ? {} : { status }) });
  } catch (error) {
    if (!isKubemendError(error, "RuleError")) throw error;
    return refuse({ code: "RuleError", message: error.message });
  }
}

/** The namespaces that objects in no namespace, or of others, are about: a right or a volume would otherwise go to an unmapped one. */
function mapNamespaces(object: unknown, context: MirrorContext): unknown {
  const { mirror, type } = context;
  if (type.group === "rbac.authorization.k8s.io") return mapSubjects(object, context);
  if (toResourceName(type) !== "persistentvolumes") return object;
  return edit(object, ["spec", "claimRef", "namespace"], (namespace) =>
    typeof namespace === "string" ? mapNamespace(namespace, mirror.namespaces) : namespace,
  );
}

function mapSubjects(object: unknown, { mirror }: MirrorContext): unknown {
  return editItems(object, ["subjects"], (subject) => {
    if (!isObject(subject)) return subject;
    const { namespace, name } = subject;
    return {
      ...subject,
      ...(typeof namespace === "string"
        ? { namespace: mapNamespace(namespace, mirror.namespaces) }
        : {}),
      ...(typeof name === "string" ? { name: mapAccounts(name, mirror.namespaces) } : {}),
    };
  });
}

/** The names under which an API server knows an account as a user, and all accounts of a namespace as a group. */
const ACCOUNTS = /^(system:serviceaccounts?):([^:]+)(.*)$/s;

function mapAccounts(name: string, namespaces: MirrorParameters["namespaces"]): string {
  const [, prefix, namespace, rest] = ACCOUNTS.exec(name) ?? [];
  if (prefix === undefined || namespace === undefined) return name;
  return `${prefix}:${mapNamespace(namespace, namespaces)}${rest}`;
}

/** An element that a path names, but that this object does not have, is left alone: the rule is about many objects. */
function changeFields(
  object: unknown,
  { mirror }: MirrorContext,
  bindings: Bindings,
): Result<unknown, string> {
  const wanted = [
    ...mirror.fields.remove.map((text) => ({ text, to: undefined })),
    ...Object.entries(mirror.fields.set).map(([text, value]) => ({
      text,
      to: readRuleValue(value, (expression) => evaluateValue(expression, bindings)),
    })),
  ];
  let changed = object;
  for (const { text, to } of wanted) {
    const path = parseChangePath(text);
    if (!path.ok) return refuse(`fields: ${text}: ${path.error}`);
    if (lacksElement(changed, path.value)) continue;
    const applied = applyChanges(changed, [{ path: path.value, to: to ?? undefined }]);
    if (!applied.ok) return refuse(`fields: ${text} cannot be written: ${applied.error}`);
    changed = applied.value;
  }
  return ok(changed);
}

/** Whether a path leads through an element of a list, or a list, that is not there. */
function lacksElement(
  object: unknown,
  path: readonly (string | Readonly<Record<string, string>>)[],
): boolean {
  const at = path.findIndex((segment) => typeof segment !== "string");
  if (at === -1) return false;
  let list = object;
  for (const key of path.slice(0, at)) list = typeof key === "string" ? readOwn(list, key) : list;
  if (!Array.isArray(list)) return true;
  const selector = path[at] as Readonly<Record<string, string>>;
  const found = list.filter((item) =>
    Object.entries(selector).every(([key, value]) => String(readOwn(item, key)) === value),
  );
  return found.length === 0 || (found.length === 1 && lacksElement(found[0], path.slice(at + 1)));
}

function toMetadata(
  source: KubernetesObject,
  pruned: unknown,
  { rule, mirror, cluster, type, owners, targetUid, installation }: MirrorContext,
  bindings: Bindings,
): { readonly metadata: Manifest["metadata"]; readonly droppedOwners: readonly string[] } {
  const place = toPlace(source);
  const copy = mapPlace(place, toResourceName(type), mirror);
  const { references, dropped } = rewriteOwners(source, owners, targetUid);
  const provenance = {
    clusterUid: cluster.uid,
    objectUid: source.metadata.uid,
    resourceVersion: readVersion(source),
    place,
    rule: rule.id,
    digest: toMirrorDigest(mirror),
    installation,
  };
  const own = toProvenanceMarks(provenance, dropped, mirror.drift);
  const labels = changeMarks(readMarks(pruned, "labels"), mirror.labels, bindings);
  const annotations = changeMarks(readMarks(pruned, "annotations"), mirror.annotations, bindings);
  const others = ["name", "namespace", "labels", "annotations"].reduce<unknown>(
    (left, field) => without(left, [field]),
    readOwn(pruned, "metadata"),
  );
  return {
    metadata: {
      ...toObject(others),
      name: copy.name,
      ...(copy.namespace === null ? {} : { namespace: copy.namespace }),
      labels: { ...labels, ...own.labels },
      annotations: { ...annotations, ...own.annotations },
      ...(references.length === 0 ? {} : { ownerReferences: references }),
    },
    droppedOwners: dropped,
  };
}

function changeMarks(
  marks: Readonly<Record<string, string>>,
  { set, remove }: MarkChanges,
  bindings: Bindings,
): Readonly<Record<string, string>> {
  const kept = Object.entries(marks).filter(([key]) => !remove.includes(key));
  const added = Object.entries(set).map(([key, value]): [string, string] => [
    key,
    String(readRuleValue(value, (expression) => evaluateValue(expression, bindings))),
  ]);
  return Object.fromEntries([...kept, ...added]);
}

function readMarks(object: unknown, field: string): Readonly<Record<string, string>> {
  return readTextMap(readField(object, "metadata", field));
}

function toObject(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? value : {};
}
