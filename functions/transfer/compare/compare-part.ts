import type { KubernetesObject } from "../../../events/change.ts";
import type { ComparisonCounts } from "../../../events/mirrors/mirror.ts";
import { toCopyFate } from "../../../core/actions/mirror/copy-fate.ts";
import {
  formatPlace,
  isSamePlace,
  readVersion,
  toPlace,
  type Place,
} from "../../../core/mirror/manifest.ts";
import { mapPlace } from "../../../core/mirror/map-place.ts";
import {
  isWrittenAsCopy,
  readProvenance,
  toMirrorDigest,
} from "../../../core/mirror/provenance.ts";
import { fromTarget } from "../copy/target-failure.ts";
import type { Cursor } from "./cursor.ts";
import { judgeMissing, judgePair, type Found, type PairContext } from "./judge-pair.ts";
import { readPage, type Listed } from "./read-part.ts";

/** An object of the source that needs a message of its own. */
export type Difference = {
  readonly place: Place;
  readonly uid: string;
  readonly resourceVersion: string;
};

/** A copy whose source would have it at another place: the rule maps names or namespaces in another way than before. */
export type Misplaced = { readonly copy: KubernetesObject };

export type PartDeps = {
  readonly context: PairContext;
  readonly sources: Listed;
  readonly copies: Listed;
  /** Asks for each of these objects to be looked at. Throws if that cannot be asked. */
  readonly ask: (differences: readonly Difference[]) => Promise<void>;
  /** Whether objects are asked for, too, of which the rule only reports that the copy has drifted; default false. */
  readonly asksReported?: boolean;
  readonly remove: (misplaced: readonly Misplaced[]) => Promise<void>;
  /** Whether to stop after the pages that were read. */
  readonly isOver: () => boolean;
};

/** Objects that wait for their counterpart; more are asked for one by one, which costs a few requests each and no memory. */
const PENDING_MAX = 1_000;

/**
 * Compares two lists page by page. An object waits for its counterpart until that comes or the other list ends; both are in the order of
 * their names, so few wait at a time. What still waits when the time is over is asked for one by one, as if it differed.
 */
export async function comparePart(
  deps: PartDeps,
  begin: Cursor,
  signal: AbortSignal,
): Promise<Cursor> {
  const waiting = {
    sources: new Map<string, KubernetesObject>(),
    copies: new Map<string, KubernetesObject>(),
  };
  let cursor = begin;
  while (!(cursor.source.isDone && cursor.target.isDone) && !deps.isOver()) {
    cursor = await takePages(deps, waiting, cursor, signal);
    if (waiting.sources.size + waiting.copies.size > PENDING_MAX) await askAll(deps, waiting);
  }
  // The objects that still wait have a counterpart that was not read yet, or none.
  await askAll(deps, waiting);
  return cursor;
}

type Waiting = {
  readonly sources: Map<string, KubernetesObject>;
  readonly copies: Map<string, KubernetesObject>;
};

async function takePages(
  deps: PartDeps,
  waiting: Waiting,
  cursor: Cursor,
  signal: AbortSignal,
): Promise<Cursor> {
  const { sources, copies } = waiting;
  // The list that is behind, so that few objects wait.
  const isSourceNext =
    !cursor.source.isDone && (cursor.target.isDone || sources.size <= copies.size);
  const isTargetNext =
    !cursor.target.isDone && (cursor.source.isDone || copies.size <= sources.size);
  const source = isSourceNext ? await readPage(deps.sources, cursor.source, signal) : undefined;
  const target = isTargetNext
    ? await fromTarget(readPage(deps.copies, cursor.target, signal))
    : undefined;
  for (const object of source?.objects ?? []) sources.set(toKey(deps, object), object);
  for (const object of target?.objects ?? []) copies.set(formatPlace(toPlace(object)), object);
  const next = {
    ...cursor,
    source: source?.place ?? cursor.source,
    target: target?.place ?? cursor.target,
  };
  const results = join(deps, waiting, next);
  await deps.ask(results.differences);
  await deps.remove(results.misplaced);
  return { ...next, counts: addCounts(cursor.counts, results.found) };
}

/** The place of an object's copy, as text. */
function toKey({ context }: PartDeps, source: KubernetesObject): string {
  const { rule, mirror } = context.work;
  return formatPlace(mapPlace(toPlace(source), rule.on.resource, mirror));
}

type Joined = {
  readonly found: Found[];
  readonly differences: Difference[];
  readonly misplaced: Misplaced[];
};

/** Judges every object that has met its counterpart, or has none because the other list has ended. */
function join(deps: PartDeps, { sources, copies }: Waiting, cursor: Cursor): Joined {
  const joined: Joined = { found: [], differences: [], misplaced: [] };
  for (const [key, source] of sources) {
    const copy = copies.get(key);
    if (copy === undefined && !cursor.target.isDone) continue;
    sources.delete(key);
    copies.delete(key);
    const found =
      copy === undefined
        ? judgeMissing(source, deps.context)
        : judgePair(source, copy, deps.context);
    joined.found.push(found);
    const isAsked = found !== "reported" || deps.asksReported === true;
    if (found !== "equal" && isAsked) joined.differences.push(toDifference(source));
  }
  if (!cursor.source.isDone) return joined;
  for (const [key, copy] of copies) {
    copies.delete(key);
    takeOrphan(deps, copy, joined);
  }
  return joined;
}

/** A copy without an object. One that another cluster's function made is that one's. */
function takeOrphan({ context }: PartDeps, copy: KubernetesObject, joined: Joined): void {
  const { rule, mirror } = context.work;
  const source = readSource(copy, context);
  if (source === undefined) return;
  joined.found.push("orphans");
  const expected = mapPlace(source.place, rule.on.resource, mirror);
  if (isSamePlace(expected, toPlace(copy))) {
    joined.differences.push(source);
  } else if (isFromBefore(copy, context) && toCopyFate(mirror, "left") === "delete") {
    joined.misplaced.push({ copy });
  }
}

/**
 * Whether the rule has put the copy there when it mapped names in another way. What somebody else made from a copy, under another name, has
 * its marks too: it is theirs.
 */
function isFromBefore(copy: KubernetesObject, { work }: PairContext): boolean {
  const isOfNow = readProvenance(copy)?.digest === toMirrorDigest(work.mirror);
  return !isOfNow && isWrittenAsCopy(copy);
}

async function askAll(deps: PartDeps, { sources, copies }: Waiting): Promise<void> {
  const own = [...sources.values()].map(toDifference);
  const others = [...copies.values()].flatMap((copy) => readSource(copy, deps.context) ?? []);
  sources.clear();
  copies.clear();
  await deps.ask([...own, ...others]);
}

/** The source that a copy names; undefined if that is not an object of this cluster. */
function readSource(copy: KubernetesObject, { work }: PairContext): Difference | undefined {
  const provenance = readProvenance(copy);
  if (provenance?.clusterUid !== work.source.uid) return undefined;
  const { place, objectUid: uid, resourceVersion } = provenance;
  return { place, uid, resourceVersion };
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
