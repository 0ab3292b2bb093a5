import type { ResourceType } from "../../events/change.ts";
import { findResource } from "../references/find-resource.ts";
import type { Catalog, CatalogEntry } from "../references/catalog.ts";
import { toApiVersion } from "../references/api-version.ts";
import { ok, refuse, type Result } from "../result.ts";
import type { Refusal } from "./manifest.ts";

/** In which version a source is read, and in which its copy is written. */
export type MirrorVersions = { readonly read: ResourceType; readonly write: ResourceType };

/**
 * The versions for a mirrored resource (`jobs.batch`). Best is one that both clusters serve, because the source's API server then converts:
 * the target's preferred one, else another one, preferred by the source first. If there is none, the source is read in its preferred version
 * and written as the target's: the API server of the target refuses fields that this version does not have. Refused with NotServed if one of
 * the clusters does not serve the resource.
 */
export function chooseVersions(
  resource: string,
  source: Catalog,
  target: Catalog,
): Result<MirrorVersions, Refusal> {
  const [from, to] = [findResource(source, resource), findResource(target, resource)];
  if (from === undefined) return refuse(toUnserved(resource, "the source's cluster"));
  if (to === undefined) return refuse(toUnserved(resource, "the target"));
  const [own, theirs] = [findVersions(source, from), findVersions(target, to)];
  const shared =
    own.find(({ version }) => version === to.version) ??
    own.find(({ version }) => theirs.some((entry) => entry.version === version));
  const write = theirs.find(({ version }) => version === shared?.version) ?? to;
  if (write.namespaced !== from.namespaced) {
    const message = `${toApiVersion(write)} ${write.kind} is ${toScope(write)} in the target, and ${toScope(from)} in the source's cluster`;
    return refuse({ code: "OtherScope", message });
  }
  return ok({ read: toType(shared ?? from), write: toType(write) });
}

/** The preferred one first. */
function findVersions(
  catalog: Catalog,
  { group, resource }: CatalogEntry,
): readonly CatalogEntry[] {
  return catalog.entries
    .filter((entry) => entry.group === group && entry.resource === resource)
    .toSorted((left, right) => Number(right.preferred) - Number(left.preferred));
}

/** The type of an entry of a catalog. */
export function toType({ group, version, resource, kind, namespaced }: CatalogEntry): ResourceType {
  return { group, version, resource, kind, namespaced };
}

function toScope({ namespaced }: ResourceType): string {
  return namespaced ? "in namespaces" : "cluster-scoped";
}

function toUnserved(resource: string, where: string): Refusal {
  return { code: "NotServed", message: `${where} does not serve ${resource}` };
}
