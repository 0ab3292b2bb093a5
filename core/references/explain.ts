import type { ReferenceResult } from "../../events/reference.ts";
import type { Catalog } from "./catalog.ts";
import { explainResolved } from "./explain-resolved.ts";
import { explainUnresolved } from "./explain-unresolved.ts";
import { resolveReference, type ReferenceInput } from "./resolve.ts";

/** A result, and why it came out so: sentences for people, the first the most important. Never empty. */
export type Explanation = {
  readonly result: ReferenceResult;
  readonly reasons: readonly [string, ...string[]];
};

/** Resolves a reference and says why it came out as it did. The sentences hold no control characters, whatever the input holds. */
export function explainReference(input: ReferenceInput, catalog: Catalog): Explanation {
  const result = resolveReference(input, catalog);
  const reasons =
    result.outcome === "resolved"
      ? explainResolved(input, result, catalog)
      : explainUnresolved(input, result, catalog);
  return { result, reasons };
}
