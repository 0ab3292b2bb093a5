import type { ResourceType } from "../../events/change.ts";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { toResourcePath } from "../../adapters/kubernetes/api/path.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Encoding, Projection } from "./encoding.ts";

/** What one reflector watches. */
export type WatchTarget = {
  readonly resource: ResourceType;
  /** null = all namespaces, or cluster-scoped. */
  readonly namespace: string | null;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Default `full`. */
  readonly projection?: Projection | undefined;
  /** Of a request for metadata; default `json`. */
  readonly encoding?: Encoding | undefined;
  /**
   * resourceVersions can only be compared for equality, as an aggregated API's own. Then a snapshot is taken instead of resuming.
   * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions
   */
  readonly unordered?: boolean | undefined;
};

/** How long the reflector waits. */
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

/** A server closes a watch after this time, so that clients spread over its replicas again; each watch draws its own. */
const WATCH_MIN_SECONDS = 300;
const WATCH_MAX_SECONDS = 600;
export const LIST_LIMIT = 500;

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export function toCollectionPath(target: WatchTarget): string {
  return toResourcePath({ ...target.resource, namespace: target.namespace });
}

/**
 * Exactly what a WatchList needs; with one parameter less the server answers 422, or never sends the end bookmark.
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

/** A plain watch: the additional parameters of a WatchList would be refused. */
export function toWatchQuery(target: WatchTarget, clock: Clock, resourceVersion: string): Query {
  return { ...toWatchParameters(target, clock), resourceVersion };
}

export type ListPage = {
  readonly limit: number | undefined;
  readonly continueToken: string | undefined;
  /** The state at this resourceVersion, if the history reaches back to it; undefined: the most recent one. */
  readonly exactly?: string | undefined;
};

/** A page of one consistent snapshot, as long as `continueToken` is valid; the token contains the resourceVersion. */
export function toListQuery(target: WatchTarget, page: ListPage): Query {
  const { limit, continueToken, exactly } = page;
  const position =
    exactly === undefined || continueToken !== undefined
      ? {}
      : { resourceVersion: exactly, resourceVersionMatch: "Exact" };
  return { ...toSelectors(target), ...position, limit, continue: continueToken };
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
