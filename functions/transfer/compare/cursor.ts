import * as v from "valibot";
import type { ComparisonCounts } from "../../../events/mirrors/mirror.ts";
import { readBoundedJson } from "../../../events/json.ts";
import { NOTHING_COMPARED } from "../../../core/mirror/state/comparison.ts";

/** The progress in one of the two lists of a part: the token of its next page. */
export type ListPlace = { readonly next?: string | undefined; readonly isDone: boolean };

/** The place at which a comparison continues, and what it has found so far. */
export type Cursor = {
  /** The part that is being compared: one namespace of the rule, or everything. */
  readonly part: number;
  readonly source: ListPlace;
  readonly target: ListPlace;
  readonly counts: ComparisonCounts;
};

const BEGINNING: ListPlace = { isDone: false };

/** The beginning of a part. */
export function toPart(part: number, counts: ComparisonCounts): Cursor {
  return { part, source: BEGINNING, target: BEGINNING, counts };
}

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const place = v.object({ next: v.optional(v.string()), isDone: v.boolean() });
const schema: v.GenericSchema<unknown, Cursor> = v.object({
  part: count,
  source: place,
  target: place,
  counts: v.object({
    compared: count,
    missing: count,
    stale: count,
    drifted: count,
    orphans: count,
  }),
});

/** Reads the cursor of a message; undefined if it cannot be read. Without a cursor it is the beginning. */
export function parseCursor(text: string | undefined): Cursor | undefined {
  if (text === undefined) return toPart(0, NOTHING_COMPARED);
  const read = readBoundedJson(text);
  const parsed = v.safeParse(schema, read.outcome === "read" ? read.value : undefined);
  return parsed.success ? parsed.output : undefined;
}

export function formatCursor(cursor: Cursor): string {
  return JSON.stringify(cursor);
}
