import { readObject } from "../../core/changes/read-object.ts";
import { compareResourceVersions } from "../../core/changes/resource-version.ts";
import type { Ending } from "./ending.ts";
import { listAll, readCurrentResourceVersion } from "./list.ts";
import type { SnapshotCause, WatchStep } from "./step.ts";
import { toWatchListQuery, toWatchQuery, type WatchDeps, type WatchTarget } from "./target.ts";
import { watchOnce, type Heard } from "./watch-once.ts";

/** How the reflector begins, or begins again. */
export type Attempt =
  | { readonly type: "resume"; readonly position: string }
  | {
      readonly type: "snapshot";
      readonly cause: SnapshotCause;
      readonly replace: boolean;
      readonly mode: "watchList" | "listWatch";
    };

export type Told =
  | Exclude<WatchStep, { type: "interrupted" }>
  /** Always the last one. */
  | { readonly type: "ended"; readonly ending: Ending };

/** Brings the state, if asked, then the changes after it, until the server closes or something is in the way. Never throws. */
export async function* listThenWatch(
  deps: WatchDeps,
  target: WatchTarget,
  attempt: Attempt,
  signal: AbortSignal,
): AsyncGenerator<Told, void> {
  if (attempt.type === "resume") {
    yield* resume(deps, target, attempt.position, signal);
    return;
  }
  const { cause, replace, mode } = attempt;
  yield { type: "snapshotStarted", cause, replace, mode };
  if (mode === "watchList") yield* watchList(deps, target, signal);
  else yield* listAndWatch(deps, target, signal);
}

/** The server would take a position of the future, and then stay silent until it gets there: so its own comes first. */
async function* resume(
  deps: WatchDeps,
  target: WatchTarget,
  position: string,
  signal: AbortSignal,
): AsyncGenerator<Told, void> {
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
): AsyncGenerator<Told, void> {
  const request = { query: toWatchListQuery(target, deps.clock), awaitsEndBookmark: true };
  let complete = false;
  for await (const heard of watchOnce(deps, target, request, signal)) {
    if (heard.type === "OPENED") continue;
    if (complete) {
      yield toTold(heard, deps);
      continue;
    }
    // Initial events are in no order of resourceVersions, and a bookmark before the end is none of the snapshot's.
    if (heard.type === "BOOKMARK") {
      if (!heard.endsSnapshot) continue;
      complete = true;
      const { resourceVersion } = heard;
      yield { type: "snapshotEnded", resourceVersion, readAtMs: deps.clock.wallMs() };
    } else if (heard.type === "ENDED") yield ended(heard.ending);
    else {
      const type = heard.type === "DELETED" ? "unlisted" : "listed";
      yield { type, read: heard.read, readAtMs: deps.clock.wallMs() };
    }
  }
}

async function* listAndWatch(
  deps: WatchDeps,
  target: WatchTarget,
  signal: AbortSignal,
): AsyncGenerator<Told, void> {
  let position: string | undefined;
  for await (const heard of listAll(deps, target, signal)) {
    if (heard.type === "ENDED") yield ended(heard.ending);
    else if (heard.type === "LISTED") position = heard.resourceVersion;
    else {
      const readAtMs = deps.clock.wallMs();
      for (const item of heard.items) {
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
): AsyncGenerator<Told, void> {
  const query = toWatchQuery(target, deps.clock, start.position);
  const request = { query, awaitsEndBookmark: false };
  for await (const heard of watchOnce(deps, target, request, signal)) {
    if (heard.type !== "OPENED") yield toTold(heard, deps);
    else if (start.resumed) yield { type: "resumed", resourceVersion: start.position };
  }
}

function toTold(heard: Exclude<Heard, { type: "OPENED" }>, deps: WatchDeps): Told {
  switch (heard.type) {
    case "ENDED":
      return ended(heard.ending);
    case "BOOKMARK":
      return { type: "bookmark", resourceVersion: heard.resourceVersion };
    case "ADDED":
    case "MODIFIED":
    case "DELETED":
      return {
        type: "changed",
        event: heard.type,
        read: heard.read,
        readAtMs: deps.clock.wallMs(),
      };
  }
}

function ended(ending: Ending): Told {
  return { type: "ended", ending };
}
