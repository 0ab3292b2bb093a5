import * as v from "valibot";
import type { ComparisonCounts } from "../../../events/mirrors/mirror.ts";
import { readBoundedJson } from "../../../events/json.ts";
import { NOTHING_COMPARED } from "../../../core/mirror/state/comparison.ts";

/** The progress in one of the two lists of a part. Places of objects are text, as in `formatPlace`. */
export type ListPlace = {
  /** The token of the next page. */
  readonly next?: string | undefined;
  readonly isDone: boolean;
  /** The place of the last object before the next page; absent at the beginning. */
  readonly last?: string | undefined;
  /** Pages that are read again: which of their objects have been compared already. */
  readonly skip?: Skip | undefined;
};

type Skip = {
  /** The objects up to this place have been read before; null: all. */
  readonly upTo: string | null;
  /** Those of them whose counterparts are up to this place, in the other list, have been compared; null: all. */
  readonly settled: string | null;
};

/** The place at which a comparison continues, and what it has found so far. */
export type Cursor = {
  /** The part that is being compared: one namespace of the rule, or everything. */
  readonly part: number;
  readonly source: ListPlace;
  readonly target: ListPlace;
  readonly counts: ComparisonCounts;
  /** The number of times that this part had to begin again. */
  readonly restarts?: number | undefined;
};

const BEGINNING: ListPlace = { isDone: false };

/** The beginning of a part. */
export function toPart(part: number, counts: ComparisonCounts): Cursor {
  return { part, source: BEGINNING, target: BEGINNING, counts };
}

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const place = v.object({
  next: v.optional(v.string()),
  isDone: v.boolean(),
  last: v.optional(v.string()),
  skip: v.optional(v.object({ upTo: v.nullable(v.string()), settled: v.nullable(v.string()) })),
});
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
  restarts: v.optional(count),
});

/** Reads a cursor. Without one, or with one that cannot be read, as of another version, it is the beginning. */
export function parseCursor(text: string | undefined): Cursor {
  const read = text === undefined ? undefined : readBoundedJson(text);
  const parsed = v.safeParse(schema, read?.outcome === "read" ? read.value : undefined);
  return parsed.success ? parsed.output : toPart(0, NOTHING_COMPARED);
}

export function formatCursor(cursor: Cursor): string {
  return JSON.stringify(cursor);
}
