import type { Encoding } from "./encoding.ts";
import type { Ending } from "./ending.ts";

/** What to do after a request is over. Each reaction is a row of docs/relay.md. */
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
  /** `resume` at the position, if there is one; `snapshot` and compare; `replace` the journal's rows by a snapshot. */
  readonly next: "resume" | "snapshot" | "replace";
  /** Take snapshots by LIST + WATCH for a while. */
  readonly fallBack: boolean;
  /** Ask for metadata in the next plainer encoding for a while. */
  readonly plainer: boolean;
  /** The least wait in ms; the backoff may be longer. */
  readonly atLeastMs: number;
  /**
   * `absent`: known not to be served. `refused`: the server does not accept what the watch asks for. Both count as ready, because there
   * is nothing to wait for, and the other watches must not wait for it.
   */
  readonly state: "watching" | "degraded" | "forbidden" | "absent" | "refused";
};

export type ReactionContext = {
  readonly mode: "watchList" | "listWatch" | "resume";
  /** An event or a bookmark came in this attempt. */
  readonly received: boolean;
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
      // A watch from a resourceVersion in the future is silent, and would skip everything up to it.
      return { ...DEFAULT, cause: "silent", next: context.received ? "resume" : "snapshot" };
    case "noEndBookmark":
      return { ...DEFAULT, cause: "noEndBookmark", next: "snapshot", fallBack: true };
    case "unreadable":
      // Something was lost on the way: only a comparison finds it again.
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

/** Whether the API server refuses a GET or a LIST for what it asks, so that the same request would be refused again. */
export function isRefused(ending: Ending, encoding: Encoding = "json"): boolean {
  const context = { mode: "listWatch", received: false, encoding } as const;
  return planReaction(ending, context).cause === "refused";
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
    case 504:
      // Resuming asks for the current resourceVersion first, which distinguishes a lagging server from a rollback of etcd.
      return isTooLargeResourceVersion(ending.body)
        ? { ...retry, cause: "tooLargeResourceVersion" }
        : { ...retry, cause: "unavailable" };
    default:
      return isRefusal(ending.status)
        ? reactToRefusal(ending, context, retry)
        : { ...retry, cause: "unavailable" };
  }
}

/** 408 is a proxy's timeout, and not about the request. */
function isRefusal(status: number): boolean {
  return status >= 400 && status < 500 && status !== 408;
}

/**
 * A server that lacks protobuf or PartialObjectMetadata answers 406. A server without WatchList answers 422 about `sendInitialEvents`, and
 * servers and proxies in between answer 400, 405 or 406 to parameters that they do not know: as in client-go, any refusal of a WatchList
 * leads to LIST and WATCH, which shows whether the resource itself is refused.
 */
function reactToRefusal(
  ending: Extract<Ending, { type: "answered" }>,
  context: ReactionContext,
  retry: Omit<Reaction, "cause">,
): Reaction {
  if (ending.status === 406 && context.encoding !== "json") {
    return { ...retry, cause: "encodingNotServed", plainer: true };
  }
  if (context.mode !== "watchList") return { ...retry, cause: "refused", state: "refused" };
  return { ...retry, cause: "watchListNotServed", next: "snapshot", fallBack: true };
}

function isTooLargeResourceVersion(body: unknown): boolean {
  return /too large resource version|ResourceVersionTooLarge/i.test(toText(body));
}

/** The whole Status as text: message and causes may be anywhere in it. */
function toText(body: unknown): string {
  return typeof body === "string" ? body : (JSON.stringify(body) ?? "");
}
