import type { MoveSelection } from "../../../events/moves/move.ts";
import { isKubemendError } from "../../../core/errors.ts";
import { forEachConcurrently } from "../../../core/for-each-concurrently.ts";
import type { OtherObjects, SetReads } from "../../../core/move/plan/plan-input.ts";
import type { SetObject } from "../../../core/move/set-object.ts";
import type { Catalog, CatalogEntry } from "../../../core/references/catalog.ts";
import { findResource, suggestResource } from "../../../core/references/find-resource.ts";
import { toResourceName } from "../../../core/references/resource-name.ts";
import type { Discovery } from "../api/discovery.ts";
import type { KubernetesClient } from "../http/client.ts";
import { listSetObjects, MOST_LISTS, type SetCollection } from "./list-set-objects.ts";

/** Resources without owners in any cluster, which may have very many objects. */
const SKIPPED: ReadonlySet<string> = new Set([
  "events",
  "events.events.k8s.io",
  "componentstatuses",
]);

type Reading = {
  readonly client: KubernetesClient;
  readonly catalog: Catalog;
  /** Objects of a set that was read before, whether they are still selected or not. */
  readonly known: readonly KnownObject[];
  readonly collectsDenied: boolean;
};

/** An object of a set that was read before. `namespace`: null or undefined if it is cluster-scoped. */
export type KnownObject = { readonly uid: string; readonly namespace?: string | null | undefined };

/**
 * Reads the metadata of the selected objects, and of every object with an owner in the namespaces where one of them (or of `known`) could
 * own it; in the whole cluster if one of them is cluster-scoped. The API server is asked for its resources again, because
 * definitions are installed and removed. Throws the KubemendError of a selection that is refused.
 */
export async function readSet(
  {
    client,
    discovery,
  }: {
    readonly client: KubernetesClient;
    readonly discovery: Pick<Discovery, "refresh">;
  },
  {
    select,
    known = [],
    collectsDenied = false,
  }: {
    readonly select: readonly MoveSelection[];
    readonly known?: readonly KnownObject[];
    /** A selection that the user may not list is in `denied`, and not thrown. */
    readonly collectsDenied?: boolean;
  },
  signal: AbortSignal,
): Promise<SetReads> {
  const reading = { client, catalog: await discovery.refresh(signal), known, collectsDenied };
  const chosen = await readSelected(reading, select, signal);
  return { ...chosen, ...(await readOwned(reading, chosen.objects, signal)) };
}

async function readSelected(
  { client, catalog, collectsDenied }: Reading,
  select: readonly MoveSelection[],
  signal: AbortSignal,
): Promise<Omit<SetReads, "unread" | "others" | "related">> {
  const objects = new Map<string, SetObject>();
  const selected = new Set<string>();
  const withOwned = new Set<string>();
  const leftOut = new Map<string, SetObject>();
  const unserved: SetReads["unserved"][number][] = [];
  const unmatched: MoveSelection[] = [];
  const denied: MoveSelection[] = [];
  await forEachConcurrently(select, MOST_LISTS, async (selection) => {
    const type = findResource(catalog, selection.resource);
    if (type === undefined) {
      const meant = suggestResource(catalog, selection.resource);
      unserved.push(meant === undefined ? { selection } : { selection, meant });
      return;
    }
    const { namespace = null, labelSelector, name } = selection;
    const collection = {
      type: toType(type),
      namespace: type.namespaced ? namespace : null,
      labelSelector,
      name,
    };
    const found = await listSetObjects(client, collection, signal).catch((error: unknown) => {
      if (collectsDenied && isKubemendError(error, "Forbidden")) return undefined;
      throw error;
    });
    if (found === undefined) {
      denied.push(selection);
      return;
    }
    const isMeant = ({ ownOfCluster }: SetObject): boolean =>
      name !== undefined || ownOfCluster === undefined;
    const meant = found.filter(isMeant);
    if (meant.length === 0) unmatched.push(selection);
    for (const object of found) if (!isMeant(object)) leftOut.set(object.uid, object);
    for (const object of meant) {
      objects.set(object.uid, object);
      selected.add(object.uid);
      if (selection.withOwned === true) withOwned.add(object.uid);
    }
  });
  return {
    objects: [...objects.values()],
    selected,
    withOwned,
    leftOut: [...leftOut.values()].filter(({ uid }) => !selected.has(uid)),
    unserved,
    unmatched,
    denied,
  };
}

/** The selected objects, the known ones that are there, and all that have an owner; and the identities of the others. */
async function readOwned(
  { client, catalog, known }: Reading,
  selected: readonly SetObject[],
  signal: AbortSignal,
): Promise<Pick<SetReads, "objects" | "unread" | "others" | "related">> {
  const objects = new Map(selected.map((object) => [object.uid, object]));
  const uids = new Set(known.map(({ uid }) => uid));
  const others: OtherObjects[] = [];
  const related: SetObject[] = [];
  const unread: SetReads["unread"][number][] = toUnanswered(catalog);
  const collections = toCollections(catalog, [...selected, ...known]);
  await forEachConcurrently(collections, MOST_LISTS, async (collection) => {
    const found = await listSetObjects(client, collection, signal).catch((error: unknown) => {
      // Without a status the cluster was not reached; with 401, nobody is known there.
      if (!isKubemendError(error) || error.status === undefined || error.status === 401)
        throw error;
      const resource = toResourceName(collection.type);
      const { namespace } = collection;
      unread.push({ resource, namespace, reason: error.message, code: error.code });
      return [];
    });
    others.push(toOthers(collection, found, objects));
    for (const object of found) {
      const isWanted = object.owners.length > 0 || uids.has(object.uid);
      if (isWanted && !objects.has(object.uid)) objects.set(object.uid, object);
      if (!isWanted && object.clusterName !== undefined) related.push(object);
    }
  });
  return { objects: [...objects.values()], unread, others, related };
}

function toOthers(
  { type, namespace }: SetCollection,
  found: readonly SetObject[],
  known: ReadonlyMap<string, SetObject>,
): OtherObjects {
  const uids = found
    .filter(({ uid, owners }) => !known.has(uid) && !owners.some(({ controller }) => controller))
    .map(({ uid }) => uid);
  return { type, namespace, uids, total: found.length };
}

/** The metrics of Nodes and Pods have no owners, and their server is away in many clusters. */
const METRICS = /^(?:custom\.|external\.)?metrics\.k8s\.io\//;

/** The versions whose resources are unknown: their objects may be owned, and would be deleted with their owners when their server is back. */
function toUnanswered({ unanswered }: Catalog): SetReads["unread"][number][] {
  return unanswered
    .filter((version) => !METRICS.test(version))
    .map((version) => ({
      resource: `the resources of ${version}`,
      reason: `their API server does not answer (kubectl get apiservices)`,
      code: "Unavailable",
    }));
}

/** An owner is in the namespace of the objects that it owns, or is cluster-scoped. */
function toCollections(
  catalog: Catalog,
  selected: readonly Pick<KnownObject, "namespace">[],
): readonly SetCollection[] {
  if (selected.length === 0) return [];
  const types = chooseTypes(catalog);
  const found = new Set(selected.map(({ namespace = null }) => namespace));
  if (found.has(null)) {
    return types.map((type) => ({ type: toType(type), namespace: null }));
  }
  const namespaces = [...found];
  return types
    .filter(({ namespaced }) => namespaced)
    .flatMap((type) => namespaces.map((namespace) => ({ type: toType(type), namespace })));
}

/** Each resource in one version, the preferred one. */
function chooseTypes(catalog: Catalog): readonly CatalogEntry[] {
  const names = new Set(
    catalog.entries.filter(({ unwatchable }) => unwatchable !== true).map(toResourceName),
  );
  return [...names].flatMap((name) => {
    const entry = SKIPPED.has(name) ? undefined : findResource(catalog, name);
    return entry === undefined || entry.unwatchable === true ? [] : [entry];
  });
}

function toType({ group, version, resource, kind, namespaced }: CatalogEntry) {
  return { group, version, resource, kind, namespaced };
}
