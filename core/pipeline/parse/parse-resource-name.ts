import { builtinCatalog } from "../../references/builtin.ts";
import type { CatalogEntry } from "../../references/catalog.ts";
import { findResource, suggestResource } from "../../references/find-resource.ts";
import { countEdits } from "../../text/suggest.ts";
import { refuse, ok, type Result } from "../../result.ts";

export type ResourceFault = { readonly message: string; readonly hint?: string };

/** `undefined`: a resource of a custom or aggregated API, which only the cluster knows. */
export type KnownResource = CatalogEntry | undefined;

const SYNTAX = /^[a-z][a-z0-9-]*(?:\.[a-z0-9][a-z0-9.-]*)?$/;

/**
 * Reads `jobs.batch` or `pods`. A built-in resource must exist in the table that ships with Kubemend. Resources of other groups
 * are accepted, as they may be installed later.
 */
export function parseResourceName(written: string): Result<KnownResource, ResourceFault> {
  const catalog = builtinCatalog();
  const known = findResource(catalog, written);
  if (known !== undefined) return ok(known);
  const near = suggestResource(catalog, written);
  const hint =
    near === undefined ? "<plural>.<group>, or <plural> alone for core" : `did you mean ${near}?`;
  if (!SYNTAX.test(written)) {
    return refuse({ message: `${JSON.stringify(written)} is not a resource name`, hint });
  }
  const dot = written.indexOf(".");
  const group = dot === -1 ? "" : written.slice(dot + 1);
  return isOwnGroup(group, catalog.groups)
    ? refuse({ message: `unknown resource ${written}`, hint })
    : ok(undefined);
}

/**
 * Whether a group belongs to Kubernetes itself. Groups without a dot do. Some of `*.k8s.io` do, others belong to add-ons
 * (Gateway API, snapshots); one that is nearly a known group counts as misspelled.
 */
function isOwnGroup(group: string, groups: ReadonlySet<string>): boolean {
  if (!group.includes(".") || groups.has(group)) return true;
  if (!group.endsWith(".k8s.io")) return false;
  return [...groups].some((known) => known.includes(".") && countEdits(group, known) <= 2);
}
