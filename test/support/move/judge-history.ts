import type { Seen, SideName, WatchedObject } from "./watch-sides.ts";

/*
 * The promises of a move, judged on the history of both clusters. It knows what a move promises, and nothing of how it is done.
 */

/** Two clusters have no common order of events: an event may arrive so much later than one of the other cluster that came after it. */
const SKEW_MS = 500;
/** The phases in which a pausable object may be active on no side. */
const PAUSED = new Set(["Pausing", "Creating", "Verifying", "Deleting", "Resuming", "RollingBack"]);
/** The phases in which an object that cannot be paused may be active on both. */
const ON_BOTH = new Set(["Creating", "Verifying", "Deleting", "RollingBack"]);

type State = "absent" | "active" | "paused" | "going";
/** A value from a moment on. */
type Since<T> = { readonly atMs: number; readonly value: T };

/** The promises that were broken. `before`: the sources before the move, by their keys; what happened to them earlier is not judged. */
export function judgeHistory(
  before: ReadonlyMap<string, WatchedObject>,
  events: readonly Seen[],
  { canBeRolledBack = false }: { readonly canBeRolledBack?: boolean } = {},
): readonly string[] {
  const own = events.filter(({ key }) => before.has(key));
  const side = (name: SideName) =>
    own
      .filter((one) => one.side === name)
      .toSorted((left, right) => left.revision - right.revision);
  const [source, target] = [side("source"), side("target")];
  return [
    ...new Set([
      ...judgeSource(before, source),
      ...judgeTarget(before, target, canBeRolledBack),
      ...judgeActivity(before, events),
    ]),
  ];
}

const isGoing = ({ type, object }: Seen) =>
  type === "DELETED" || object.metadata.deletionTimestamp !== undefined;

/** Finalizers stay until a deletion was accepted; what an object owns is gone before it is deleted. */
function judgeSource(
  before: ReadonlyMap<string, WatchedObject>,
  source: readonly Seen[],
): readonly string[] {
  const broken: string[] = [];
  const there = new Map([...before].map(([key, { metadata }]) => [metadata.uid, key]));
  for (const one of source) {
    const { uid } = one.object.metadata;
    const original = before.get(one.key)?.metadata;
    if (original?.uid !== uid || one.revision <= Number(original.resourceVersion)) continue;
    if (!isGoing(one)) {
      broken.push(...findLostFinalizers(before, one));
      continue;
    }
    const owned = [...before.entries()].filter(
      ([, { metadata }]) =>
        there.has(metadata.uid) && metadata.ownerReferences?.some((owner) => owner.uid === uid),
    );
    for (const [key] of owned)
      broken.push(`${one.key} is deleted while ${key}, which it owns, is there`);
    if (one.type === "DELETED") there.delete(uid);
  }
  return broken;
}

function findLostFinalizers(
  before: ReadonlyMap<string, WatchedObject>,
  { key, side, object: { metadata } }: Seen,
): readonly string[] {
  const had = before.get(key)?.metadata.finalizers ?? [];
  const lost = had.filter((one) => metadata.finalizers?.includes(one) !== true);
  return lost.map(
    (one) => `${key} has lost its finalizer ${one} in the ${side}, and is not being deleted`,
  );
}

/** Owners come first; a copy has all finalizers, is created once, and stays. */
function judgeTarget(
  before: ReadonlyMap<string, WatchedObject>,
  target: readonly Seen[],
  canBeRolledBack: boolean,
): readonly string[] {
  const broken: string[] = [];
  const there = new Set<string>();
  const created = new Map<string, string>();
  for (const one of target) {
    const { uid, ownerReferences = [] } = one.object.metadata;
    if (isGoing(one)) {
      if (!canBeRolledBack) broken.push(`the copy of ${one.key} is deleted`);
      if (one.type === "DELETED") there.delete(uid);
      continue;
    }
    broken.push(...findLostFinalizers(before, one));
    if (one.type === "ADDED") {
      const earlier = created.get(one.key);
      if (earlier !== undefined && earlier !== uid && !canBeRolledBack)
        broken.push(`the copy of ${one.key} is created twice`);
      created.set(one.key, uid);
      there.add(uid);
      for (const owner of ownerReferences) {
        if (!there.has(owner.uid))
          broken.push(`the copy of ${one.key} comes before its owner ${owner.name}`);
      }
      const owners = before.get(one.key)?.metadata.ownerReferences?.length ?? 0;
      if (ownerReferences.length !== owners) broken.push(`the copy of ${one.key} lacks an owner`);
    }
  }
  return broken;
}

/** The sides on which each object is active over time, beside the phase of the move at that time. */
function judgeActivity(
  before: ReadonlyMap<string, WatchedObject>,
  events: readonly Seen[],
): readonly string[] {
  const broken: string[] = [];
  const phases: readonly Since<string>[] = events.flatMap(({ key, atMs, object }) =>
    key.startsWith("moves/") ? [{ atMs, value: object.status?.phase ?? "none" }] : [],
  );
  for (const key of before.keys()) {
    const isPausable = key.startsWith("clusters/");
    for (const { from, to, source, target } of toSpans(key, events)) {
      if (to - from <= SKEW_MS) continue;
      const during = phasesDuring(phases, from + SKEW_MS, to);
      const actives = [source, target].filter((state) => state === "active").length;
      const where = `the source is ${source} and the target is ${target}, in ${[...during].join(", ")}`;
      if (source === "absent" && target === "absent") broken.push(`${key} is lost: ${where}`);
      if (actives === 0 && !(isPausable && [...during].every((phase) => PAUSED.has(phase))))
        broken.push(`${key} is active nowhere: ${where}`);
      if (actives === 2 && (isPausable || ![...during].every((phase) => ON_BOTH.has(phase))))
        broken.push(`${key} is active on both sides: ${where}`);
    }
  }
  return broken;
}

function phasesDuring(
  phases: readonly Since<string>[],
  from: number,
  to: number,
): ReadonlySet<string> {
  const first = phases.findLast(({ atMs }) => atMs <= from)?.value ?? "none";
  const later = phases.filter(({ atMs }) => atMs > from && atMs < to).map(({ value }) => value);
  return new Set([first, ...later]);
}

type Span = { readonly from: number; readonly to: number } & Readonly<Record<SideName, State>>;

/** The times between two changes of an object on either side, from when it was there first. */
function toSpans(key: string, events: readonly Seen[]): readonly Span[] {
  const spans: Span[] = [];
  const now: Record<SideName, State> = { source: "absent", target: "absent" };
  let from: number | undefined;
  const push = (to: number): void => {
    if (from !== undefined) spans.push({ from, to, ...now });
    from = to;
  };
  for (const one of events) {
    if (one.key !== key) continue;
    push(one.atMs);
    now[one.side] = toState(one);
  }
  push(events.at(-1)?.atMs ?? 0);
  return spans;
}

function toState({ type, object }: Seen): State {
  if (type === "DELETED") return "absent";
  if (object.metadata.deletionTimestamp !== undefined) return "going";
  return object.spec?.paused === true ? "paused" : "active";
}
