import type { TargetProgress } from "./progress.ts";

/** A controller creates what takes the place of an evicted Pod within a second or two; a busy one, or a scheduler, takes longer. */
const FIRST_LOOK_MS = 5_000;
const LOOK_MAX_MS = 60_000;
/** If targets come back in one namespace more often than this, they are left alone. */
const RETURNS_MAX = 2;

/**
 * The progress with the time of the next look, whether there are targets again: 5 s after the last one has ended, and twice as long after
 * each round that found some, at most a minute. A single empty list says nothing, because what replaces a target may not be there yet.
 */
export function withNextLook(progress: TargetProgress, nowMs: number): TargetProgress {
  const { rounds = 0, namespaces = {} } = progress.returns ?? {};
  const pauseMs = Math.min(FIRST_LOOK_MS * 2 ** rounds, LOOK_MAX_MS);
  const lookAt = new Date(nowMs + pauseMs).toISOString();
  return { ...progress, returns: { rounds, namespaces, lookAt } };
}

/**
 * The progress with which the targets are taken again that a look has found, in these namespaces. It is counted by namespace, because
 * whoever creates a Pod writes its owner, and can write another one each time.
 */
export function withReturned(progress: TargetProgress, found: ReadonlySet<string>): TargetProgress {
  const { rounds = 0, namespaces: before = {} } = progress.returns ?? {};
  const namespaces = { ...before };
  for (const namespace of found) namespaces[namespace] = (before[namespace] ?? 0) + 1;
  const { after: _after, complete: _complete, ...rest } = progress;
  return { ...rest, returns: { rounds: rounds + 1, namespaces } };
}

/** Whether the targets of a namespace came back so often that they are left alone. */
export function isLeftAlone({ returns }: TargetProgress, namespace: string | null): boolean {
  return (returns?.namespaces[namespace ?? ""] ?? 0) > RETURNS_MAX;
}
