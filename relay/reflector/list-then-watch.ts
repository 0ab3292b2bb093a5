import { readObject } from "../../core/changes/read-object.ts";
import { compareResourceVersions } from "../../core/changes/resource-version.ts";
import type { Ending } from "./ending.ts";
import { listAll, readCurrentResourceVersion } from "./list.ts";
import type { SnapshotCause, WatchStep } from "./step.ts";
import { toWatchListQuery, toWatchQuery, type WatchDeps, type WatchTarget } from "./target.ts";
import { watchOnce, type Received } from "./watch-once.ts";

/** How the reflector begins, or begins again. */
export type WatchAttempt =
  | { readonly type: "resume"; readonly position: string }
  | {
      readonly type: "snapshot";
      readonly cause: SnapshotCause;
      readonly replace: boolean;
      readonly mode: "watchList" | "listWatch";
    };

/** What an attempt reports. */
export type AttemptStep =
  | Exclude<WatchStep, { type: "interrupted" }>
  /** Always the last step. */
  | { readonly type: "ended"; readonly ending: Ending };

/** Yields the state, if requested, then the changes after it, until the server closes the watch or a request fails. Never throws. */
export async function* listThenWatch(
  deps: WatchDeps,
  target: WatchTarget,
  attempt: WatchAttempt,
  signal: AbortSignal,
): AsyncGenerator<AttemptStep, void> {
  if (attempt.type === "resume") {
    yield* resume(deps, target, attempt.position, signal);
    return;
  }
  const { cause, replace, mode } = attempt;
  const started = { type: "snapshotStarted", cause, replace, mode } as const;
  yield started;
  if (mode === "watchList") yield* watchList(deps, target, signal);
  else yield* listAndWatch(deps, target, started, signal);
}

/** A server would accept a position in the future, and then stay silent until it gets there. So its current position is read first. */
async function* resume(
  deps: WatchDeps,
  target: WatchTarget,
  position: string,
  signal: AbortSignal,
): AsyncGenerator<AttemptStep, void> {
  if (target.unordered === true) {
    yield ended({ type: "unordered" });
    return;
  }
  const current = await readCurrentResourceVersion(deps, target, signal);
  if ("ending" in current) {
    yield ended(current.ending);
    return;
  }
  const order = compareResourceVersions(current.resourceVersion, position);
  if (order === "older") {
    yield ended({ type: "rolledBack", current: current.resourceVersion, seen: position });
  } else if (order === "unknown") {
    yield ended({ type: "unordered" });
  } else {
    yield* watchFrom(deps, target, { position, resumed: true }, signal);
  }
}

/** Snapshot and changes by one request: https://kubernetes.io/docs/reference/using-api/api-concepts/#streaming-lists */
async function* watchList(
  deps: WatchDeps,
  target: WatchTarget,
  signal: AbortSignal,
): AsyncGenerator<AttemptStep, void> {
  const request = { query: toWatchListQuery(target, deps.clock), awaitsEndBookmark: true };
  let complete = false;
  for await (const received of watchOnce(deps, target, request, signal)) {
    if (received.type === "OPENED") continue;
    if (complete) {
      yield toStep(received, deps);
      continue;
    }
    // Initial events are not ordered by resourceVersion, and a bookmark before the end does not belong to the snapshot.
    if (received.type === "BOOKMARK") {
      if (!received.endsSnapshot) continue;
      complete = true;
      const { resourceVersion } = received;
      yield { type: "snapshotEnded", resourceVersion, readAtMs: deps.clock.wallMs() };
    } else if (received.type === "ENDED") yield ended(received.ending);
    else {
      const type = received.type === "DELETED" ? "unlisted" : "listed";
      yield { type, read: received.read, readAtMs: deps.clock.wallMs() };
    }
  }
}

async function* listAndWatch(
  deps: WatchDeps,
  target: WatchTarget,
  started: Extract<WatchStep, { type: "snapshotStarted" }>,
  signal: AbortSignal,
): AsyncGenerator<AttemptStep, void> {
  let position: string | undefined;
  for await (const received of listAll(deps, target, signal)) {
    if (received.type === "ENDED") yield ended(received.ending);
    else if (received.type === "LISTED") position = received.resourceVersion;
    // Objects of the first pages may be gone by now: only a snapshot that begins again finds them missing.
    else if (received.type === "RESTARTED") yield started;
    else {
      const readAtMs = deps.clock.wallMs();
      for (const item of received.items) {
        const read = readObject(item, target.resource, target.projection);
        if (!read.ok) {
          yield ended({ type: "unreadable", reason: `a list with ${read.error}` });
          return;
        }
        yield { type: "listed", read: read.value, readAtMs };
      }
    }
  }
  if (position === undefined) return;
  const readAtMs = deps.clock.wallMs();
  yield { type: "snapshotEnded", resourceVersion: position, readAtMs };
  yield* watchFrom(deps, target, { position, resumed: false }, signal);
}

async function* watchFrom(
  deps: WatchDeps,
  target: WatchTarget,
  start: { readonly position: string; readonly resumed: boolean },
  signal: AbortSignal,
): AsyncGenerator<AttemptStep, void> {
  const query = toWatchQuery(target, deps.clock, start.position);
  const request = { query, awaitsEndBookmark: false };
  for await (const received of watchOnce(deps, target, request, signal)) {
    if (received.type !== "OPENED") yield toStep(received, deps);
    else if (start.resumed) yield { type: "resumed", resourceVersion: start.position };
  }
}

function toStep(received: Exclude<Received, { type: "OPENED" }>, deps: WatchDeps): AttemptStep {
  switch (received.type) {
    case "ENDED":
      return ended(received.ending);
    case "BOOKMARK":
      return { type: "bookmark", resourceVersion: received.resourceVersion };
    case "ADDED":
    case "MODIFIED":
    case "DELETED":
      return {
        type: "changed",
        event: received.type,
        read: received.read,
        readAtMs: deps.clock.wallMs(),
      };
  }
}

function ended(ending: Ending): AttemptStep {
  return { type: "ended", ending };
}
