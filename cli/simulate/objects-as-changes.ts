import type { KubernetesObject } from "../../events/change.ts";
import { toChangeMessage } from "../../core/changes/to-change-message.ts";
import { findSelectionFault } from "../../core/decide/selection.ts";
import { readTextMap } from "../../core/json/read-json.ts";
import type { Pipeline, Watch } from "../../core/pipeline/pipeline.ts";
import { planWatches } from "../../core/pipeline/watches.ts";
import { findRedactedPaths } from "../../core/redaction/redactor.ts";
import { NO_WATCH } from "../../core/simulate/explain-unbound.ts";
import { toGroup } from "../../core/references/api-version.ts";
import type { Catalog, CatalogEntry } from "../../core/references/catalog.ts";
import { toResourceName } from "../../core/references/resource-name.ts";
import { misuse } from "../terminal/misuse.ts";
import { toOfflineUid } from "./decide/offline-objects.ts";

export type ObjectsInput = {
  readonly objects: readonly KubernetesObject[];
  readonly pipelines: readonly [Pipeline, ...Pipeline[]];
  readonly catalog: Catalog;
  /** RFC 3339 ms: when the objects are taken to have changed. */
  readonly now: string;
};

/**
 * A recording, as JSON lines, in which each object has just been modified, in those of its fields that rules compare too. An object is in it
 * once for each watch that selects it. One that was written by hand gets what the API server would give it: uid, resourceVersion and generation.
 */
export function toRecording({ objects, pipelines, catalog, now }: ObjectsInput): string {
  const watches = new Map(
    pipelines.flatMap(planWatches).map((watch): [string, Watch] => [watch.key, watch]),
  );
  const lines = objects.map(withIdentity).flatMap((object) => {
    const entry = findEntry(object, catalog);
    const own = [...watches.values()].filter((watch) => isWatched(watch, object, entry, objects));
    const keys = own.length === 0 ? [NO_WATCH] : own.map(({ key }) => key);
    return keys.map((key) => toLine(object, entry, key, { pipelines, now }));
  });
  return `${lines.join("\n")}\n`;
}

function withIdentity(object: KubernetesObject): KubernetesObject {
  const { metadata } = object;
  const { uid, resourceVersion = "1" } = readTextMap(metadata);
  if (uid !== undefined && uid !== "") {
    return { ...object, metadata: { ...metadata, uid, resourceVersion } };
  }
  // It was written by hand: what has a specification has a generation.
  const generation = object["spec"] === undefined ? {} : { generation: 1 };
  return {
    ...object,
    metadata: { ...generation, ...metadata, uid: toOfflineUid(object), resourceVersion },
  };
}

function findEntry({ apiVersion, kind }: KubernetesObject, { entries }: Catalog): CatalogEntry {
  const group = toGroup(apiVersion);
  const found = entries.find((entry) => entry.group === group && entry.kind === kind);
  if (found !== undefined) return found;
  throw misuse(
    `the resource of ${apiVersion} ${kind} is not known: --context or --catalog names one`,
  );
}

/** Namespaces are selected by their labels if they are among the objects; otherwise an object counts as selected. */
function isWatched(
  watch: Watch,
  object: KubernetesObject,
  entry: CatalogEntry,
  objects: readonly KubernetesObject[],
): boolean {
  if (watch.resource !== toResourceName(entry)) return false;
  if (watch.namespace !== null && watch.namespace !== object.metadata.namespace) return false;
  const namespace = objects.find(
    ({ kind, metadata }) => kind === "Namespace" && metadata.name === object.metadata.namespace,
  );
  const { resource, labelSelector, fieldSelector, namespaceSelector } = watch;
  const byLabel = namespace === undefined ? {} : { namespaceSelector };
  const selection = { resource, labelSelector, fieldSelector, ...byLabel };
  const labels = readTextMap(namespace?.metadata["labels"]);
  return findSelectionFault(selection, object, labels) === undefined;
}

function toLine(
  object: KubernetesObject,
  entry: CatalogEntry,
  watch: string,
  { pipelines, now }: Pick<ObjectsInput, "pipelines" | "now">,
): string {
  const [base] = pipelines;
  const { group, version, resource, kind, namespaced } = entry;
  const type = { group, version, resource, kind, namespaced };
  const rules = pipelines.flatMap((pipeline) => pipeline.rules).toReversed();
  const origin = {
    cluster: { name: base.cluster.name, uid: "offline" },
    watch,
    pipeline: base.digest,
    rules: Object.fromEntries(rules.map(({ id, digest }) => [id, digest])),
    resource: type,
    redact: findRedactedPaths(base, type),
  };
  const compared = rules.filter(({ on }) => on.changed !== undefined);
  const change = {
    change: "modified",
    object,
    changed: Object.fromEntries(compared.map(({ id }) => [id, "yes" as const])),
    resourceVersion: readTextMap(object.metadata)["resourceVersion"] ?? "1",
    epoch: 1,
    time: now,
  } as const;
  return JSON.stringify(toChangeMessage(origin, change).message);
}
