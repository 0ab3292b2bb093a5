import type { UnresolvedReference } from "../../../events/reference.ts";
import type { Catalog } from "../catalog.ts";
import { isObject, readOwn } from "../../json/read-json.ts";
import { quote } from "../../text/quote.ts";
import { isPathSegment, REFERENCE_FIELDS, readReference } from "../read-reference.ts";
import type { ReferenceInput } from "../resolve.ts";
import { resolveType } from "../resolve-type.ts";

/** Why a reference was refused, and what would make it unambiguous. */
export function explainUnresolved(
  input: ReferenceInput,
  result: UnresolvedReference,
  catalog: Catalog,
): readonly [string, ...string[]] {
  const where = catalog.source === "discovery" ? "the cluster" : "the built-in table";
  const type = describeType(input.reference);
  const candidates = result.candidates.join(", ");
  switch (result.reason) {
    case "malformed":
      return [explainMalformed(input.reference)];
    case "missing-name":
      return ["It has no name: write the name of the object."];
    case "contradiction":
      return [explainContradiction(input, catalog)];
    case "not-served":
      return candidates === ""
        ? [`${type} is not served, and no other group of ${where} has this kind.`, hint(catalog)]
        : [
            `${type} is not served; ${candidates} has this kind, but a group is never replaced by another.`,
            `Write apiVersion ${result.candidates[0] ?? ""} if that is what is meant.`,
          ];
    case "unknown-kind":
      return [
        `No group of ${where} has ${type}. Short names and list kinds are not accepted.`,
        hint(catalog),
      ];
    case "ambiguous":
      return [`${type} can be ${candidates}: write the apiVersion that is meant.`];
  }
}

function hint(catalog: Catalog): string {
  return catalog.source === "builtin"
    ? "Custom resources are known only with --context (what a cluster serves) or --catalog FILE."
    : "Its CustomResourceDefinition may be missing, or its aggregated API server unavailable.";
}

function describeType(reference: unknown): string {
  const words = ["apiVersion", "group", "apiGroup", "version", "kind", "resource"].flatMap(
    (field) => {
      const value = readOwn(reference, field);
      return typeof value === "string" && value !== "" ? [`${field} ${quote(value)}`] : [];
    },
  );
  return words.length === 0 ? "it" : words.join(", ");
}

function explainMalformed(reference: unknown): string {
  if (!isObject(reference)) return `It is ${nameType(reference)}, but must be an object.`;
  for (const field of REFERENCE_FIELDS) {
    const value = readOwn(reference, field);
    if (value === undefined || value === null) continue;
    if (typeof value !== "string") return `${field} is ${nameType(value)}, but must be text.`;
    if ((field === "namespace" || field === "name") && !isPathSegment(value)) {
      return `${field} ${quote(value)} cannot be the ${field} of an object.`;
    }
  }
  const written = readReference(reference);
  if (written?.kind === undefined && written?.resource === undefined) return "It has no kind.";
  if (written.apiVersion?.includes("/") === true) {
    const isSplit = written.apiVersion.split("/", 3).length > 2 || written.apiVersion === "/";
    if (isSplit) return `apiVersion ${quote(written.apiVersion)} is not a group and version.`;
  }
  return "The kind is namespaced, but neither the reference nor the object that contains it states the namespace.";
}

function explainContradiction(input: ReferenceInput, catalog: Catalog): string {
  const written = readReference(input.reference);
  const type =
    written === undefined
      ? undefined
      : resolveType(written, input.carrier, input.field, catalog).outcome;
  return type === "chosen"
    ? "A cluster-scoped object cannot have a namespaced owner: the garbage collector would treat it as missing."
    : `${describeType(input.reference)} contradict each other: write only what is meant.`;
}

function nameType(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "string") return "text";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
