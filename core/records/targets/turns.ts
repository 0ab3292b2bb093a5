import { toNamespace, type TargetPlace, type TargetProgress } from "./progress.ts";

/** Negative if the first place comes first. */
export function comparePlaces(a: TargetPlace, b: TargetPlace): number {
  if (a.collection !== b.collection) return a.collection - b.collection;
  return a.key === b.key ? 0 : a.key < b.key ? -1 : 1;
}

/** Whether a target was not taken into a page yet. */
export function isPending(progress: TargetProgress, at: TargetPlace): boolean {
  const after = findBehind(progress, at) ?? progress.after;
  return after === undefined || comparePlaces(at, after) > 0;
}

/** The progress with a target that was taken into a page, the first of its namespace that was pending. */
export function withTaken(progress: TargetProgress, at: TargetPlace): TargetProgress {
  if (findBehind(progress, at) === undefined) return { ...progress, after: at };
  const behind = progress.behind?.map((place) => (isSameGroup(place, at) ? at : place)) ?? [];
  return { ...progress, behind };
}

/** The progress with a namespace that is passed over: `at` and what follows in it is taken later, before or after other targets. */
export function withPassedOver(progress: TargetProgress, at: TargetPlace): TargetProgress {
  if (findBehind(progress, at) !== undefined) return progress;
  const { after, behind = [] } = progress;
  const first = { collection: at.collection, key: `${toNamespace(at)}/` };
  const place = after !== undefined && isSameGroup(after, at) ? after : first;
  return { ...progress, behind: [...behind, place] };
}

/** The progress without the namespaces of which nothing is pending any more. */
export function withoutTaken(
  progress: TargetProgress,
  pending: readonly TargetPlace[],
): TargetProgress {
  const { behind = [], ...rest } = progress;
  const left = behind.filter((place) => pending.some((at) => isSameGroup(place, at)));
  return left.length === 0 ? rest : { ...rest, behind: left };
}

function findBehind({ behind }: TargetProgress, at: TargetPlace): TargetPlace | undefined {
  return behind?.find((place) => isSameGroup(place, at));
}

/** Whether two targets are in one namespace of one collection. */
export function isSameGroup(a: TargetPlace, b: TargetPlace): boolean {
  return a.collection === b.collection && toNamespace(a) === toNamespace(b);
}
