import type { ReferenceResult } from "../../../events/reference.ts";
import type { Catalog } from "../catalog.ts";
import { explainResolved } from "./explain-resolved.ts";
import { explainUnresolved } from "./explain-unresolved.ts";
import { resolveReference, type ReferenceInput } from "../resolve.ts";

/** A result and the reasons for it: sentences for people, the most important one first. Never empty. */
export type Explanation = {
  readonly result: ReferenceResult;
  readonly reasons: readonly [string, ...string[]];
};

/** Resolves a reference and explains the result. The sentences contain no control characters, whatever the input contains. */
export function explainReference(input: ReferenceInput, catalog: Catalog): Explanation {
  const result = resolveReference(input, catalog);
  const reasons =
    result.outcome === "resolved"
      ? explainResolved(input, result, catalog)
      : explainUnresolved(input, result, catalog);
  return { result, reasons };
}
