import type { Encoding } from "./encoding.ts";
import type { Ending } from "./ending.ts";

/** What to do after a request is over. A row of docs/relay.md each. */
export type Reaction = {
  /** Label in metrics and logs. */
  readonly cause:
    | "closed"
    | "expired"
    | "throttled"
    | "unavailable"
    | "unauthorized"
    | "forbidden"
    | "absent"
    | "refused"
    | "watchListNotServed"
    | "encodingNotServed"
    | "noEndBookmark"
    | "tooLargeResourceVersion"
    | "unreachable"
    | "silent"
    | "unreadable"
    | "rollback"
    | "unordered"
    | "stopped";
  /** `resume` at the position, where there is one; `snapshot` and compare; `replace` the journal by a snapshot. */
  readonly next: "resume" | "snapshot" | "replace";
  /** Take snapshots by LIST + WATCH for a while. */
  readonly fallBack: boolean;
  /** Ask for metadata in the next plainer encoding for a while. */
  readonly plainer: boolean;
  /** Not to be asked again before, on top of the backoff; in ms. */
  readonly atLeastMs: number;
  /** `absent`: known not to be served. It counts as ready, there is nothing to read. */
  readonly state: "watching" | "degraded" | "forbidden" | "absent";
};

export type ReactionContext = {
  readonly mode: "watchList" | "listWatch" | "resume";
  /** An event or a bookmark came in this attempt. */
  readonly heard: boolean;
  readonly encoding: Encoding;
};

/** The one table of reactions: https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes */
export function planReaction(ending: Ending, context: ReactionContext): Reaction {
  switch (ending.type) {
    case "closed":
      return { ...DEFAULT, cause: "closed", state: "watching" };
    case "answered":
      return reactToAnswer(ending, context);
    case "unreachable":
      return { ...DEFAULT, cause: "unreachable", atLeastMs: ending.error.retryAfterMs ?? 0 };
    case "silent":
      // A watch from a resourceVersion of the future is silent, and would skip all up to it.
      return { ...DEFAULT, cause: "silent", next: context.heard ? "resume" : "snapshot" };
    case "noEndBookmark":
      return { ...DEFAULT, cause: "noEndBookmark", next: "snapshot", fallBack: true };
    case "unreadable":
      // Something was lost on the line: only a comparison finds it again.
      return {
        ...DEFAULT,
        cause: "unreadable",
        next: "snapshot",
        plainer: context.encoding === "protobuf",
      };
    case "rolledBack":
      return { ...DEFAULT, cause: "rollback", next: "replace" };
    case "unordered":
      return { ...DEFAULT, cause: "unordered", next: "snapshot", state: "watching" };
    case "stopped":
      return { ...DEFAULT, cause: "stopped" };
  }
}

const DEFAULT = {
  next: "resume",
  fallBack: false,
  plainer: false,
  atLeastMs: 0,
  state: "degraded",
} as const;

function reactToAnswer(
  ending: Extract<Ending, { type: "answered" }>,
  context: ReactionContext,
): Reaction {
  const atLeastMs = ending.retryAfterMs ?? 0;
  const retry: Omit<Reaction, "cause"> = { ...DEFAULT, atLeastMs };
  switch (ending.status) {
    case 401:
      return { ...retry, cause: "unauthorized" };
    case 403:
      return { ...retry, cause: "forbidden", state: "forbidden" };
    case 404:
      return { ...retry, cause: "absent", state: "absent" };
    case 410:
      return { ...retry, cause: "expired", next: "snapshot" };
    case 429:
      return { ...retry, cause: "throttled" };
    case 406:
    case 422:
      return reactToRefusal(ending, context, retry);
    case 504:
      // Resuming asks for the current resourceVersion first, and so tells a lagging server from an etcd that was put back.
      return isTooLargeResourceVersion(ending.body)
        ? { ...retry, cause: "tooLargeResourceVersion" }
        : { ...retry, cause: "unavailable" };
    default:
      return { ...retry, cause: ending.status >= 500 ? "unavailable" : "refused" };
  }
}

/** What does not speak protobuf, or knows no PartialObjectMetadata, says 406; a server without WatchList answers 422 about `sendInitialEvents`; a 406 may come from something in between. */
function reactToRefusal(
  ending: Extract<Ending, { type: "answered" }>,
  context: ReactionContext,
  retry: Omit<Reaction, "cause">,
): Reaction {
  if (ending.status === 406 && context.encoding !== "json") {
    return { ...retry, cause: "encodingNotServed", plainer: true };
  }
  const aboutWatchList =
    ending.status === 406 || /sendInitialEvents|resourceVersionMatch/.test(toText(ending.body));
  if (context.mode !== "watchList" || !aboutWatchList) return { ...retry, cause: "refused" };
  return { ...retry, cause: "watchListNotServed", next: "snapshot", fallBack: true };
}

function isTooLargeResourceVersion(body: unknown): boolean {
  return /too large resource version|ResourceVersionTooLarge/i.test(toText(body));
}

/** Message and causes of a Status, wherever they are in it. */
function toText(body: unknown): string {
  return typeof body === "string" ? body : (JSON.stringify(body) ?? "");
}
