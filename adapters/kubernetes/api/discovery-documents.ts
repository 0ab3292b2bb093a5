import { isObject, readOwn } from "../../../core/json/read-json.ts";
import { isPathSegment } from "../../../core/references/read-reference.ts";
import type { CatalogEntry } from "../../../core/references/catalog.ts";

/** One version of a group, as a server lists it. `resources` is undefined if the list does not include them (stale, or served separately). */
export type ListedVersion = {
  readonly group: string;
  readonly version: string;
  readonly preferred: boolean;
  readonly resources: readonly CatalogEntry[] | undefined;
};

/**
 * Reads the answer of `/api` or `/apis`: an aggregated APIGroupDiscoveryList (v2 or v2beta1), or the older APIVersions and
 * APIGroupList, which name versions only. undefined = none of these. Malformed entries are skipped.
 * https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery
 */
export function parseDiscovery(body: unknown): readonly ListedVersion[] | undefined {
  switch (readOwn(body, "kind")) {
    case "APIGroupDiscoveryList":
      return toList(body, "items").flatMap(parseAggregatedGroup);
    case "APIGroupList":
      return toList(body, "groups").flatMap(parseGroup);
    case "APIVersions":
      return toList(body, "versions")
        .filter(isSegment)
        .map((version, at) => ({ group: "", version, preferred: at === 0, resources: undefined }));
    default:
      return undefined;
  }
}

/** Reads an APIResourceList, the answer of one group version; undefined = it is not one. Subresources are entries of their own in it. */
export function parseResourceList(
  body: unknown,
  listed: ListedVersion,
): readonly CatalogEntry[] | undefined {
  if (readOwn(body, "kind") !== "APIResourceList") return undefined;
  const items = toList(body, "resources");
  const names = new Set(items.map((item) => readOwn(item, "name")));
  return items.flatMap((item) => {
    const resource = readOwn(item, "name");
    return toEntry(listed, {
      resource,
      kind: readOwn(item, "kind"),
      namespaced: readOwn(item, "namespaced"),
      verbs: readOwn(item, "verbs"),
      hasPlainStatus: !names.has(`${String(resource)}/status`),
    });
  });
}

/** Versions are in order of preference; the core group has the name "". */
function parseAggregatedGroup(item: unknown): readonly ListedVersion[] {
  const metadata = readOwn(item, "metadata");
  const group = readOwn(metadata, "name") ?? "";
  if (!isObject(metadata) || (group !== "" && !isSegment(group))) return [];
  return toList(item, "versions").flatMap((listing, at) => {
    const version = readOwn(listing, "version");
    if (!isSegment(version)) return [];
    const listed = { group, version, preferred: at === 0, resources: undefined };
    const resources = toList(listing, "resources").flatMap((item) => {
      const scope = readOwn(item, "scope");
      const isNamespaced = scope === "Namespaced" ? true : scope === "Cluster" ? false : undefined;
      // A resource without a kind has only subresources.
      const kind = readOwn(readOwn(item, "responseKind"), "kind");
      return toEntry(listed, {
        resource: readOwn(item, "resource"),
        kind,
        namespaced: isNamespaced,
        verbs: readOwn(item, "verbs"),
        hasPlainStatus: !toList(item, "subresources").some(
          (one) => readOwn(one, "subresource") === "status",
        ),
      });
    });
    // A stale version with resources lists what it last had; one without any says nothing.
    const isUnknown = readOwn(listing, "freshness") === "Stale" && resources.length === 0;
    return [{ ...listed, resources: isUnknown ? undefined : resources }];
  });
}

function parseGroup(item: unknown): readonly ListedVersion[] {
  const group = readOwn(item, "name");
  if (!isSegment(group)) return [];
  const preferred = readOwn(readOwn(item, "preferredVersion"), "version");
  return toList(item, "versions").flatMap((entry) => {
    const version = readOwn(entry, "version");
    if (!isSegment(version)) return [];
    return [{ group, version, preferred: version === preferred, resources: undefined }];
  });
}

function toEntry(
  listed: ListedVersion,
  {
    resource,
    kind,
    namespaced,
    verbs,
    hasPlainStatus,
  }: Readonly<Record<"resource" | "kind" | "namespaced" | "verbs", unknown>> & {
    readonly hasPlainStatus: boolean;
  },
): readonly CatalogEntry[] {
  if (!isSegment(resource) || !isSegment(kind) || typeof namespaced !== "boolean") return [];
  const { group, version, preferred } = listed;
  return [
    {
      group,
      version,
      kind,
      resource,
      namespaced,
      preferred,
      ...(isWatchable(verbs) ? {} : { unwatchable: true }),
      ...(hasPlainStatus ? { hasPlainStatus } : {}),
    },
  ];
}

/** A server that names no verbs says nothing about them. */
function isWatchable(verbs: unknown): boolean {
  if (!Array.isArray(verbs) || verbs.length === 0) return true;
  return ["list", "watch"].every((verb) => verbs.includes(verb));
}

function isSegment(value: unknown): value is string {
  return typeof value === "string" && value !== "" && isPathSegment(value);
}

function toList(value: unknown, key: string): readonly unknown[] {
  const list = readOwn(value, key);
  return Array.isArray(list) ? (list as readonly unknown[]) : [];
}
