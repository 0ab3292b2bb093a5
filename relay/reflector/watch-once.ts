import { isKubemendError } from "../../core/errors.ts";
import { readLines } from "../../adapters/kubernetes/http/byte-lines.ts";
import { limitWaiting, type IdleLimit } from "../../adapters/kubernetes/http/limit-waiting.ts";
import { readFrames } from "../../adapters/kubernetes/protobuf/frames.ts";
import type { KubernetesRequest, KubernetesStream } from "../../adapters/kubernetes/http/client.ts";
import { toAnswered, toInStreamAnswer, toUnreachable } from "./answer.ts";
import { isProtobuf, toAccept } from "./encoding.ts";
import type { Ending } from "./ending.ts";
import { parseWatchEvent, type WatchEvent } from "./event.ts";
import { toCollectionPath, type WatchDeps, type WatchTarget } from "./target.ts";

export type WatchRequest = {
  readonly query: KubernetesRequest["query"];
  /** A snapshot comes first and ends with a bookmark. */
  readonly awaitsEndBookmark: boolean;
};

export type Received =
  | Exclude<WatchEvent, { type: "ERROR" | "unreadable" }>
  /** The server has accepted the request. */
  | { readonly type: "OPENED" }
  /** Always the last. */
  | { readonly type: "ENDED"; readonly ending: Ending };

/** One watch request: its events, then why it is over. Never throws; the connection is closed when it returns. */
export async function* watchOnce(
  deps: WatchDeps,
  target: WatchTarget,
  request: WatchRequest,
  signal: AbortSignal,
): AsyncGenerator<Received, void> {
  let answer: KubernetesStream;
  try {
    const path = toCollectionPath(target);
    const accept = toAccept(target, "watch");
    const { query } = request;
    answer = await deps.client.stream({ method: "GET", path, query, accept, signal });
  } catch (error) {
    yield ended(toUnreachable(error, signal));
    return;
  }
  if (answer.status !== 200) {
    yield ended(await toAnswered(answer, "watch"));
    return;
  }
  yield { type: "OPENED" };
  yield* readEvents(deps, target, { answer, awaitsEndBookmark: request.awaitsEndBookmark }, signal);
}

async function* readEvents(
  deps: WatchDeps,
  target: WatchTarget,
  open: { readonly answer: KubernetesStream; readonly awaitsEndBookmark: boolean },
  signal: AbortSignal,
): AsyncGenerator<Received, void> {
  const wait = createWait(deps, open.awaitsEndBookmark);
  try {
    const chunks = limitWaiting(open.answer.body, wait.limit);
    const pieces = isProtobuf(open.answer.headers) ? readFrames(chunks) : readLines(chunks);
    for await (const piece of pieces) {
      const event = parseWatchEvent(piece, target);
      if (event.type === "unreadable") {
        yield ended(event);
        return;
      }
      if (event.type === "ERROR") {
        yield ended(toInStreamAnswer(event.status));
        return;
      }
      if (event.type === "BOOKMARK" && event.endsSnapshot) wait.snapshotEnded();
      yield event;
    }
    yield ended(signal.aborted ? { type: "stopped" } : { type: "closed" });
  } catch (error) {
    if (isKubemendError(error, "Timeout") && !signal.aborted) yield ended(wait.toEnding());
    else if (isKubemendError(error, "Invalid")) {
      yield ended({ type: "unreadable", reason: error.message });
    } else yield ended(toUnreachable(error, signal));
  }
}

/** Two limits at once: on each silence, and on the total wait until the end bookmark. */
function createWait(
  deps: WatchDeps,
  awaitsEndBookmark: boolean,
): {
  readonly limit: IdleLimit;
  readonly snapshotEnded: () => void;
  readonly toEnding: () => Ending;
} {
  const { watchdogMs, bookmarkDeadlineMs } = deps.times;
  let leftMs = awaitsEndBookmark ? bookmarkDeadlineMs : Number.POSITIVE_INFINITY;
  return {
    limit: {
      remainingMs: () => Math.min(watchdogMs, leftMs),
      waited: (elapsedMs) => {
        leftMs -= elapsedMs;
      },
    },
    snapshotEnded: () => {
      leftMs = Number.POSITIVE_INFINITY;
    },
    toEnding: () => ({ type: leftMs <= watchdogMs ? "noEndBookmark" : "silent" }),
  };
}

function ended(ending: Ending): Received {
  return { type: "ENDED", ending };
}
