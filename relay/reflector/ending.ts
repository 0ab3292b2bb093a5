import type { KubemendError } from "../../core/errors.ts";

/** Why a request of the reflector is over. For each there is a reaction, see `reaction.ts`. */
export type Ending =
  /** The server closed the watch, as it does every few minutes, or the connection was cut. */
  | { readonly type: "closed" }
  /** The server's answer, by status or as an ERROR event on the stream. */
  | {
      readonly type: "answered";
      readonly verb: "get" | "list" | "watch";
      readonly status: number;
      readonly body: unknown;
      readonly retryAfterMs?: number | undefined;
    }
  | { readonly type: "unreachable"; readonly error: KubemendError }
  /** Neither event nor bookmark within the watchdog. */
  | { readonly type: "silent" }
  /** The bookmark that ends the snapshot did not come in time. */
  | { readonly type: "noEndBookmark" }
  | { readonly type: "unreadable"; readonly reason: string }
  /** The server's current resourceVersion is below one that was seen: etcd was restored from a backup. */
  | { readonly type: "rolledBack"; readonly current: string; readonly seen: string }
  /** It cannot be known whether a position is still valid: the resourceVersions of this resource have no order. */
  | { readonly type: "unordered" }
  | { readonly type: "stopped" };
