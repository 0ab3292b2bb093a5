import type { ReferenceResult, UnresolvedReason } from "../../events/reference.ts";
import { toApiVersion } from "./api-version.ts";
import type { Catalog } from "./catalog.ts";
import { readReference } from "./read-reference.ts";
import { resolveType } from "./resolve-type.ts";
import { toTargetNamespace } from "./target-namespace.ts";

/** A value like a reference, the object that contains it (its carrier), and its path there (`metadata.ownerReferences[0]`). */
export type ReferenceInput = {
  readonly reference: unknown;
  readonly carrier: unknown;
  readonly field: string;
};

/**
 * Completes a reference from what is served, or says why that is not possible. Total on any JSON, pure, and linear in the size
 * of the reference. It reads own fields only and never guesses: a reference that can mean two types is `ambiguous`.
 * Of several reasons the first is given, in the order malformed, missing-name, contradiction, not-served, unknown-kind, ambiguous.
 * `uid` is passed on only if it is a UUID, for a later comparison with the live object; it does not influence the result.
 */
export function resolveReference(input: ReferenceInput, catalog: Catalog): ReferenceResult {
  const { reference, carrier, field } = input;
  const written = readReference(reference);
  if (written === undefined) return unresolved("malformed");
  const type = resolveType(written, carrier, field, catalog);
  if (type.outcome === "refused") {
    if (type.reason === "malformed") return unresolved("malformed");
    if (written.name === undefined) return unresolved("missing-name");
    return unresolved(type.reason, type.candidates);
  }
  const { entry } = type;
  const place = toTargetNamespace(entry, written, carrier, field, catalog);
  if (place.outcome === "malformed") return unresolved("malformed");
  if (written.name === undefined) return unresolved("missing-name");
  if (place.outcome === "contradiction") return unresolved("contradiction");
  return {
    outcome: "resolved",
    apiVersion: toApiVersion(entry),
    kind: entry.kind,
    resource: entry.resource,
    namespace: place.namespace,
    name: written.name,
    ...(written.uid !== undefined && isUuid(written.uid) ? { uid: written.uid } : {}),
    provenance:
      type.how === "explicit" ? "explicit" : type.how === "defaulted" ? "owner" : catalog.source,
  };
}

function unresolved(reason: UnresolvedReason, candidates: readonly string[] = []): ReferenceResult {
  return { outcome: "unresolved", reason, candidates };
}

function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}
