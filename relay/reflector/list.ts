import { MAX_NESTING, readJson } from "../../events/json.ts";
import { wrapItems } from "../../core/changes/too-deep.ts";
import { isKubemendError } from "../../core/errors.ts";
import { ok, refuse, type Result } from "../../core/result.ts";
import type { KubernetesStream } from "../../adapters/kubernetes/http/client.ts";
import { readBytes } from "../../adapters/kubernetes/http/json-body.ts";
import { decodeDocument } from "../../adapters/kubernetes/protobuf/documents.ts";
import { toAnswered, toUnreachable } from "./answer.ts";
import { isProtobuf, toAccept } from "./encoding.ts";
import type { Ending } from "./ending.ts";
import {
  LIST_LIMIT,
  toCollectionPath,
  toListQuery,
  type ListPage,
  type WatchDeps,
  type WatchTarget,
} from "./target.ts";
import { readList, readOwn } from "../../core/json/read-json.ts";

/** 500 objects of the largest size that etcd accepts would be ten times as much: then the page is asked for in parts. */
const PAGE_MAX_BYTES = 64 * 1024 * 1024;
/** The same for a list without pages. */
const WHOLE_MAX_BYTES = 384 * 1024 * 1024;
const PAGE_TIMEOUT_MS = 120_000;
/** The objects are two levels below their list. */
const PAGE_MAX_LEVELS = MAX_NESTING + 2;

export type ListPart =
  | { readonly type: "PAGE"; readonly items: readonly unknown[] }
  /** The whole list was read; it is the state at this resourceVersion. */
  | { readonly type: "LISTED"; readonly resourceVersion: string }
  /** The pages so far are of an older state than those that follow, which are the whole list again. */
  | { readonly type: "RESTARTED" }
  | { readonly type: "ENDED"; readonly ending: Ending };

/**
 * The most recent state, or the state at `exactly`, in pages; the last part is LISTED or ENDED. Never throws.
 * An expired continue token (410) means that the pages so far are of an older state: the list is read again, at once and without
 * pages, because a second walk in pages would expire too. A page that is too large is asked for in parts, so that large objects never keep
 * their neighbours from being read.
 */
export async function* listAll(
  deps: WatchDeps,
  target: WatchTarget,
  signal: AbortSignal,
  exactly?: string,
): AsyncGenerator<ListPart, void> {
  let limit: number | undefined = LIST_LIMIT;
  let continueToken: string | undefined;
  let isTooLargeAtOnce = false;
  for (;;) {
    const page = await fetchPage(deps, target, { limit, continueToken, exactly }, signal);
    if (page.type === "TOO_LARGE") {
      isTooLargeAtOnce ||= limit === undefined;
      if (limit === 1) {
        yield { type: "ENDED", ending: { type: "unreadable", reason: page.reason } };
        return;
      }
      limit = limit === undefined ? LIST_LIMIT : Math.ceil(limit / 4);
      continue;
    }
    if (page.type === "ENDED") {
      if (continueToken === undefined || isTooLargeAtOnce || !isExpired(page.ending)) {
        yield page;
        return;
      }
      yield { type: "RESTARTED" };
      limit = undefined;
      continueToken = undefined;
      continue;
    }
    yield { type: "PAGE", items: page.items };
    if (page.continueToken === undefined) {
      yield { type: "LISTED", resourceVersion: page.resourceVersion };
      return;
    }
    continueToken = page.continueToken;
  }
}

/** The server's current resourceVersion: a list that names none returns the most recent state, by quorum. */
export async function readCurrentResourceVersion(
  deps: WatchDeps,
  target: WatchTarget,
  signal: AbortSignal,
): Promise<{ readonly resourceVersion: string } | { readonly ending: Ending }> {
  const { resource, namespace, projection, encoding } = target;
  const all: WatchTarget = { resource, namespace, projection, encoding };
  const page = await fetchPage(
    deps,
    all,
    // One object: a connection that delivers nothing for so long is as dead as a silent watch.
    { limit: 1, continueToken: undefined, timeoutMs: deps.times.watchdogMs },
    signal,
  );
  switch (page.type) {
    case "TOO_LARGE":
      return { ending: { type: "unreadable", reason: page.reason } };
    case "ENDED":
      return { ending: page.ending };
    case "FETCHED":
      return { resourceVersion: page.resourceVersion };
  }
}

type Page = {
  readonly type: "FETCHED";
  readonly items: readonly unknown[];
  readonly resourceVersion: string;
  readonly continueToken: string | undefined;
};

type TooLarge = { readonly type: "TOO_LARGE"; readonly reason: string };
type Ended = Extract<ListPart, { type: "ENDED" }>;

async function fetchPage(
  deps: WatchDeps,
  target: WatchTarget,
  page: ListPage & { readonly timeoutMs?: number | undefined },
  signal: AbortSignal,
): Promise<Page | TooLarge | Ended> {
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(page.timeoutMs ?? PAGE_TIMEOUT_MS)]);
  try {
    const path = toCollectionPath(target);
    const query = toListQuery(target, page);
    const accept = toAccept(target, "list");
    const answer = await deps.client.stream({
      method: "GET",
      path,
      query,
      accept,
      signal: bounded,
    });
    if (answer.status !== 200) return { type: "ENDED", ending: await toAnswered(answer, "list") };
    const maxBytes = page.limit === undefined ? WHOLE_MAX_BYTES : PAGE_MAX_BYTES;
    const bytes = await readBytes(answer.body, `list of ${path}`, maxBytes);
    return toPage(parseDocument(bytes, answer.headers));
  } catch (error) {
    if (isKubemendError(error, "Invalid")) return { type: "TOO_LARGE", reason: error.message };
    return { type: "ENDED", ending: toUnreachable(error, signal) };
  }
}

function parseDocument(
  bytes: Buffer,
  headers: KubernetesStream["headers"],
): Result<unknown, string> {
  if (isProtobuf(headers)) {
    const decoded = decodeDocument(bytes);
    return decoded.ok ? decoded : refuse(`a list that cannot be decoded: ${decoded.error}`);
  }
  const read = readJson(bytes.toString("utf8"), PAGE_MAX_LEVELS);
  if (read.outcome === "refused") return refuse(`a list that is ${read.reason}`);
  return ok(read.isTooDeep === undefined ? read.value : wrapItems(read.value));
}

function toPage(document: Result<unknown, string>): Page | Ended {
  if (!document.ok) {
    return { type: "ENDED", ending: { type: "unreadable", reason: document.error } };
  }
  const json = document.value;
  const metadata = readOwn(json, "metadata");
  const resourceVersion = readOwn(metadata, "resourceVersion");
  if (typeof resourceVersion !== "string") {
    const reason = "a list without metadata.resourceVersion";
    return { type: "ENDED", ending: { type: "unreadable", reason } };
  }
  const token = readOwn(metadata, "continue");
  return {
    type: "FETCHED",
    // Go encodes an empty list as null.
    items: readList(readOwn(json, "items")),
    resourceVersion,
    continueToken: typeof token === "string" && token !== "" ? token : undefined,
  };
}

function isExpired(ending: Ending): boolean {
  return ending.type === "answered" && ending.status === 410;
}
