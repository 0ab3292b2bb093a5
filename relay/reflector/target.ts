import type { ResourceType } from "../../events/change.ts";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { toResourcePath } from "../../adapters/kubernetes/api/path.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Encoding } from "./encoding.ts";

/** What one reflector watches. */
export type WatchTarget = {
  readonly resource: ResourceType;
  /** null = all namespaces, or cluster-scoped. */
  readonly namespace: string | null;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** How much of each object is read: all, which is the default, or apiVersion, kind and metadata. */
  readonly projection?: "full" | "metadata" | undefined;
  /** Of a request for metadata, see encoding.ts; default `json`. */
  readonly encoding?: Encoding | undefined;
  /**
   * resourceVersions can only be told apart: an aggregated API's own. Then no position is resumed, a snapshot is taken instead.
   * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions
   */
  readonly unordered?: boolean | undefined;
};

/** How long the reflector waits for what. */
export type WatchTimes = {
  /** For the end bookmark of a WatchList snapshot. */
  readonly bookmarkDeadlineMs: number;
  /** For any event or bookmark. */
  readonly watchdogMs: number;
  readonly backoffMinMs: number;
  readonly backoffMaxMs: number;
};

export type WatchDeps = {
  readonly client: KubernetesClient;
  readonly clock: Clock;
  readonly times: WatchTimes;
};

/** A server closes a watch after this time, so that watchers spread over its replicas again; each watch draws its own. */
const WATCH_MIN_SECONDS = 300;
const WATCH_MAX_SECONDS = 600;
export const LIST_LIMIT = 500;

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export function toCollectionPath(target: WatchTarget): string {
  return toResourcePath({ ...target.resource, namespace: target.namespace });
}

/**
 * Exactly what a WatchList needs; one parameter less, and the server answers 422, or never sends the end bookmark.
 * Without resourceVersion: the most recent state.
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#streaming-lists
 */
export function toWatchListQuery(target: WatchTarget, clock: Clock): Query {
  return {
    ...toWatchParameters(target, clock),
    sendInitialEvents: true,
    resourceVersionMatch: "NotOlderThan",
  };
}

/** A plain watch: what a WatchList needs beyond is refused here. */
export function toWatchQuery(target: WatchTarget, clock: Clock, resourceVersion: string): Query {
  return { ...toWatchParameters(target, clock), resourceVersion };
}

export type ListPage = {
  readonly limit: number | undefined;
  readonly continueToken: string | undefined;
  /** The state of then, if the history reaches back to it; undefined: the most recent one. */
  readonly exactly?: string | undefined;
};

/** A page of one consistent snapshot, as long as `continueToken` is good; that carries the resourceVersion with it. */
export function toListQuery(target: WatchTarget, page: ListPage): Query {
  const { limit, continueToken, exactly } = page;
  const then =
    exactly === undefined || continueToken !== undefined
      ? {}
      : { resourceVersion: exactly, resourceVersionMatch: "Exact" };
  return { ...toSelectors(target), ...then, limit, continue: continueToken };
}

function toWatchParameters(target: WatchTarget, clock: Clock): Query {
  const spread = WATCH_MAX_SECONDS - WATCH_MIN_SECONDS;
  return {
    ...toSelectors(target),
    watch: true,
    allowWatchBookmarks: true,
    timeoutSeconds: WATCH_MIN_SECONDS + Math.floor(clock.random() * (spread + 1)),
  };
}

function toSelectors(target: WatchTarget): Query {
  return { labelSelector: target.labelSelector, fieldSelector: target.fieldSelector };
}
