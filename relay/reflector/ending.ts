import type { KubemendError } from "../../core/errors.ts";

/** Why a request of the reflector is over. Each has its reaction, see `reaction.ts`. */
export type Ending =
  /** The server has closed the watch, as it does every few minutes; or the connection was cut. */
  | { readonly type: "closed" }
  /** The server's answer, by status or as an ERROR event on the stream. */
  | {
      readonly type: "answered";
      readonly verb: "list" | "watch";
      readonly status: number;
      readonly body: unknown;
      readonly retryAfterMs?: number | undefined;
    }
  | { readonly type: "unreachable"; readonly error: KubemendError }
  /** Neither event nor bookmark within the watchdog. */
  | { readonly type: "silent" }
  /** The snapshot's end bookmark did not come in time. */
  | { readonly type: "noEndBookmark" }
  | { readonly type: "unreadable"; readonly reason: string }
  /** The server's current resourceVersion is below one that we have seen: etcd was put back. */
  | { readonly type: "rolledBack"; readonly current: string; readonly seen: string }
  /** We cannot tell whether a position still stands: this resource's versions have no order. */
  | { readonly type: "unordered" }
  | { readonly type: "stopped" };
