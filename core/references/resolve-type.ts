import type { UnresolvedReason } from "../../events/reference.ts";
import { toGroup } from "./api-version.ts";
import type { Catalog, CatalogEntry } from "./catalog.ts";
import { chooseGroup, chooseInGroup, refuseNotServed, type Choice } from "./choose-entry.ts";
import { toFieldDefault, type FieldDefault } from "./field-defaults.ts";
import { toGroupVersion } from "./group-version.ts";
import { toAsciiLower } from "../text/ascii.ts";
import { matchKind, type TypeName } from "./match-kind.ts";
import { readOwn } from "../json/read-json.ts";
import type { WrittenReference } from "./read-reference.ts";

/** How the type was found: as written, completed or corrected from the catalog, or by a default of the field with the reference. */
export type TypeChoice =
  | {
      readonly outcome: "chosen";
      readonly entry: CatalogEntry;
      readonly how: "explicit" | "completed" | "defaulted";
    }
  | Extract<Choice, { readonly outcome: "refused" }>;

/** Finds the one served type that a reference means, or why there is none. Reads only the fields that name a type. */
export function resolveType(
  written: WrittenReference,
  carrier: unknown,
  field: string,
  catalog: Catalog,
): TypeChoice {
  const fallback = toFieldDefault(carrier, field, written.kind);
  const name = toTypeName(written, fallback);
  if (name === undefined) return refuse("malformed");
  const coreHasKind = written.apiVersion === "v1" && matchKind(catalog, name, "").length > 0;
  const stated = toGroupVersion(written, coreHasKind);
  if (stated.outcome !== "read") return refuse(stated.outcome);
  const isDefaultKind = written.kind === undefined && written.resource === undefined;
  const choice = chooseType(
    {
      name,
      group: stated.group ?? (isDefaultKind ? fallback?.group : undefined),
      version: stated.version,
      agrees: toResourceFilter(written),
      carrierGroup: toGroup(readOwn(carrier, "apiVersion")),
      defaultGroup: fallback?.group,
    },
    catalog,
  );
  if (choice.outcome === "refused") return choice;
  const { entry } = choice;
  const isAsWritten =
    stated.group === entry.group && stated.version === entry.version && written.kind === entry.kind;
  const isDefaulted = isDefaultKind || choice.byDefault === true;
  const how = isDefaulted ? "defaulted" : isAsWritten ? "explicit" : "completed";
  return { outcome: "chosen", entry, how };
}

type Wanted = {
  readonly name: TypeName;
  readonly group: string | undefined;
  readonly version: string | undefined;
  /** Whether a type agrees with the resource, if that is written in addition to the kind. */
  readonly agrees: (entry: CatalogEntry) => boolean;
  readonly carrierGroup: string | undefined;
  readonly defaultGroup: string | undefined;
};

function chooseType(wanted: Wanted, catalog: Catalog): Choice {
  const { name, group, version, agrees, carrierGroup } = wanted;
  const matched = matchKind(catalog, name, group);
  const entries = matched.filter(agrees);
  const [first, ...others] = entries;
  if (first === undefined && matched.length > 0) return refuse("contradiction");
  if (group === undefined) return chooseGroup(entries, version, carrierGroup, wanted.defaultGroup);
  if (first !== undefined) return chooseInGroup([first, ...others], version);
  const elsewhere = matchKind(catalog, name, undefined).filter(agrees);
  // The kinds of this old group moved to several groups, each kind to one: https://kubernetes.io/docs/reference/using-api/deprecation-guide/
  if (group === "extensions" && elsewhere.length > 0) {
    return chooseGroup(elsewhere, undefined, carrierGroup, undefined);
  }
  return refuseNotServed(elsewhere);
}

function refuse(reason: UnresolvedReason): Extract<Choice, { readonly outcome: "refused" }> {
  return { outcome: "refused", reason, candidates: [] };
}

function toTypeName(
  written: WrittenReference,
  fallback: FieldDefault | undefined,
): TypeName | undefined {
  if (written.kind !== undefined) return { by: "kind", text: written.kind };
  if (written.resource !== undefined) return { by: "resource", text: written.resource };
  return fallback?.kind === undefined ? undefined : { by: "kind", text: fallback.kind };
}

/** If kind and resource are both written they must mean the same type. */
function toResourceFilter(written: WrittenReference): (entry: CatalogEntry) => boolean {
  const { kind, resource } = written;
  if (kind === undefined || resource === undefined) return () => true;
  const folded = toAsciiLower(resource);
  return (entry) => toAsciiLower(entry.resource) === folded || toAsciiLower(entry.kind) === folded;
}
