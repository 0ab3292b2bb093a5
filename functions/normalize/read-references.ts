import type { FoundReference } from "../../events/reference.ts";
import { findReferences } from "../../core/references/find-references.ts";
import type { Discovery } from "../../adapters/kubernetes/api/discovery.ts";

/**
 * The references of an object, resolved with what its cluster serves. If a kind is not found, discovery is read again (at most once
 * a minute) and the references are resolved once more: custom resources come and go. Throws if discovery was never readable: a table
 * of what clusters usually serve would be a guess.
 */
export async function readReferences(
  object: unknown,
  discovery: Discovery,
  signal: AbortSignal,
): Promise<readonly FoundReference[]> {
  const catalog = await discovery.catalog(signal);
  const found = findReferences(object, catalog);
  if (!found.some(isOfUnservedKind)) return found;
  const refreshed = await discovery.refresh(signal);
  return refreshed === catalog ? found : findReferences(object, refreshed);
}

function isOfUnservedKind({ result }: FoundReference): boolean {
  if (result.outcome === "resolved") return false;
  return result.reason === "unknown-kind" || result.reason === "not-served";
}
