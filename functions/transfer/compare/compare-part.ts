import type { KubernetesObject } from "../../../events/change.ts";
import type { ComparisonCounts } from "../../../events/mirrors/mirror.ts";
import { isKubemendError } from "../../../core/errors.ts";
import { PAGE_MAX_BYTES } from "../../../adapters/kubernetes/api/list-pages.ts";
import { formatPlace, readVersion, toPlace } from "../../../core/mirror/manifest.ts";
import { mapPlace, unmapPlace } from "../../../core/mirror/map-place.ts";
import { fromTarget } from "../copy/target-failure.ts";
import { toPart, type Cursor } from "./cursor.ts";
import { findSource, judgeOrphan, type Difference } from "./judge-orphan.ts";
import { judgeMissing, judgePair, type Found, type PairContext } from "./judge-pair.ts";
import { isPast, measureWaiting, readNext, suspend, toSide, type ListSide } from "./list-side.ts";
import type { Listed } from "./read-part.ts";

/** A copy whose source would have it at another place: the rule maps names or namespaces in another way than before. */
export type Misplaced = { readonly copy: KubernetesObject };

export type PartDeps = {
  readonly context: PairContext;
  /** Null: copies are looked for in namespaces in which no object has one any more. */
  readonly sources: Listed | null;
  readonly copies: Listed;
  /** Which of the copies are looked at, if there are no sources; default all. */
  readonly isMisplaced?: ((copy: KubernetesObject) => boolean) | undefined;
  /** Asks for each of these objects to be looked at. Throws if that cannot be asked. */
  readonly ask: (differences: readonly Difference[]) => Promise<void>;
  /** Whether objects are asked for, too, for which the function would do nothing: copies whose drift is only reported, and those left untouched; default false. */
  readonly asksReported?: boolean;
  readonly remove: (misplaced: readonly Misplaced[]) => Promise<void>;
  /** Takes copies that the rule's label names and that do not say where they come from, or say it wrongly. */
  readonly noteUnrecognized?: (copies: readonly KubernetesObject[]) => void;
  /** Whether to stop after the pages that were read. */
  readonly isOver: () => boolean;
};

/**
 * The most objects that wait for their counterparts. If names are mapped in their order, no more than one page waits. If they are not, those
 * beyond it are asked for one by one, which costs a few requests each and no memory, and may be counted as missing or as an orphan besides.
 */
const WAITING_MAX = 1_000;
const WAITING_MAX_SIZE = PAGE_MAX_BYTES;

/** A server that does not let a list continue, and forgets its state, may do so this often. */
const RESTARTS_MAX = 3;

type Sides = { readonly sources: ListSide; readonly copies: ListSide };

/**
 * Compares two lists page by page, at least one page of each that is not at its end. An object waits until its counterpart comes, or the
 * other list has passed the place of that. A later run continues at the cursor that is returned.
 */
export async function comparePart(
  deps: PartDeps,
  begin: Cursor,
  signal: AbortSignal,
): Promise<Cursor> {
  try {
    return await compareFrom(deps, begin, signal);
  } catch (error) {
    const { part, counts, restarts = 0 } = begin;
    if (!isKubemendError(error, "Expired") || restarts >= RESTARTS_MAX) throw error;
    // The server does not say how to continue. What was counted of this part counts twice.
    return comparePart(deps, { ...toPart(part, counts), restarts: restarts + 1 }, signal);
  }
}

async function compareFrom(deps: PartDeps, begin: Cursor, signal: AbortSignal): Promise<Cursor> {
  const sides = toSides(deps, begin);
  const { sources, copies } = sides;
  let { counts } = begin;
  while (!(sources.place.isDone && copies.place.isDone)) {
    await readPages(sides, signal);
    const joined = join(deps, sides);
    await deps.ask(joined.differences);
    await deps.remove(joined.misplaced);
    deps.noteUnrecognized?.(joined.unrecognized);
    counts = addCounts(counts, joined.found);
    if (isTooMuch(sides)) {
      await askFor(deps, valuesOf(sources), valuesOf(copies));
      sources.waiting.clear();
      copies.waiting.clear();
    }
    if (deps.isOver()) break;
  }
  const [source, target] = [suspend(sources, copies), suspend(copies, sources)];
  await askFor(deps, source.rest, target.rest);
  return { ...begin, source: source.place, target: target.place, counts };
}

const NO_SOURCES = { isDone: true };

/** Both lists, whose objects are joined by the places of the copies. */
function toSides({ context, sources, copies }: PartDeps, { source, target }: Cursor): Sides {
  const { rule, mirror } = context.work;
  return {
    sources: toSide(sources ?? copies, sources === null ? NO_SOURCES : source, (object) => {
      const copy = formatPlace(mapPlace(toPlace(object), rule.on.resource, mirror));
      return { copy, counterpart: copy };
    }),
    copies: toSide(copies, target, (object) => {
      const own = unmapPlace(toPlace(object), rule.on.resource, mirror);
      const counterpart = own === undefined ? undefined : formatPlace(own);
      return { copy: formatPlace(toPlace(object)), counterpart };
    }),
  };
}

/**
 * Reads on in the list that is behind: its objects wait for nothing, those of the other list do. If both are at the same place, and at the
 * beginning of a run, both are read, so that every run makes progress.
 */
async function readPages({ sources, copies }: Sides, signal: AbortSignal): Promise<void> {
  const [own, others] = [sources.waiting.size, copies.waiting.size];
  const isSourceNext = copies.place.isDone || own <= others;
  const isTargetNext = sources.place.isDone || others <= own;
  if (isSourceNext && !sources.place.isDone) await readNext(sources, signal);
  if (isTargetNext && !copies.place.isDone) await fromTarget(readNext(copies, signal));
}

function isTooMuch({ sources, copies }: Sides): boolean {
  if (sources.waiting.size + copies.waiting.size > WAITING_MAX) return true;
  return measureWaiting(sources) + measureWaiting(copies) > WAITING_MAX_SIZE;
}

/** Findings that the function does nothing about. */
const IDLE: ReadonlySet<Found> = new Set(["reported", "untouched"]);

type Joined = {
  readonly found: Found[];
  readonly differences: Difference[];
  readonly misplaced: Misplaced[];
  readonly unrecognized: KubernetesObject[];
};

/** Judges every object that has met its counterpart, or whose counterpart can no longer come. */
function join(
  { context, asksReported = false, isMisplaced = () => true }: PartDeps,
  { sources, copies }: Sides,
): Joined {
  const joined: Joined = { found: [], differences: [], misplaced: [], unrecognized: [] };
  for (const [key, { object: source, counterpart }] of sources.waiting) {
    const copy = copies.waiting.get(key)?.object;
    if (copy === undefined && !isPast(copies.place, counterpart)) continue;
    sources.waiting.delete(key);
    copies.waiting.delete(key);
    const found =
      copy === undefined ? judgeMissing(source, context) : judgePair(source, copy, context);
    joined.found.push(found);
    const isAsked = found !== "equal" && (!IDLE.has(found) || asksReported);
    if (isAsked) joined.differences.push(toDifference(source));
  }
  for (const [key, { object: copy, counterpart }] of copies.waiting) {
    if (!isPast(sources.place, counterpart)) continue;
    copies.waiting.delete(key);
    if (isMisplaced(copy)) takeOrphan(context, copy, joined);
  }
  return joined;
}

function takeOrphan({ work }: PairContext, copy: KubernetesObject, joined: Joined): void {
  const orphan = judgeOrphan(copy, work);
  if (orphan.outcome === "foreign") return;
  joined.found.push("orphans");
  if (orphan.outcome === "ask") joined.differences.push(orphan.source);
  if (orphan.outcome === "misplaced") joined.misplaced.push({ copy });
  if (orphan.outcome === "unrecognized") joined.unrecognized.push(copy);
}

async function askFor(
  { ask, context }: PartDeps,
  sources: readonly KubernetesObject[],
  copies: readonly KubernetesObject[],
): Promise<void> {
  const others = copies.flatMap((copy) => findSource(copy, context.work) ?? []);
  await ask([...sources.map(toDifference), ...others]);
}

function valuesOf({ waiting }: ListSide): readonly KubernetesObject[] {
  return [...waiting.values()].map(({ object }) => object);
}

function toDifference(source: KubernetesObject): Difference {
  const { uid } = source.metadata;
  return { place: toPlace(source), uid, resourceVersion: readVersion(source) };
}

function addCounts(counts: ComparisonCounts, found: readonly Found[]): ComparisonCounts {
  const of = (...kinds: readonly Found[]): number =>
    found.filter((one) => kinds.includes(one)).length;
  return {
    compared: counts.compared + found.length - of("orphans"),
    missing: counts.missing + of("missing"),
    stale: counts.stale + of("stale"),
    drifted: counts.drifted + of("drifted", "reported"),
    orphans: counts.orphans + of("orphans"),
  };
}
