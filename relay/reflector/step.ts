import type { ReadObject } from "../../core/changes/read-object.ts";
import type { Ending } from "./ending.ts";
import type { Reaction } from "./reaction.ts";

/** What a reflector tells, in the order of the stream. */
export type WatchStep =
  /** What comes until `snapshotEnded` is one state of all objects. A snapshot that breaks off is begun anew. */
  | {
      readonly type: "snapshotStarted";
      readonly cause: SnapshotCause;
      /** The journal's resourceVersions mean nothing any more. */
      readonly replace: boolean;
      readonly mode: "watchList" | "listWatch";
    }
  /** An object of the snapshot, in no order of resourceVersions. */
  | { readonly type: "listed"; readonly read: ReadObject; readonly readAtMs: number }
  /** Deleted before the snapshot was complete. */
  | { readonly type: "unlisted"; readonly read: ReadObject; readonly readAtMs: number }
  | { readonly type: "snapshotEnded"; readonly resourceVersion: string; readonly readAtMs: number }
  /** The server took the position; changes since then follow. */
  | { readonly type: "resumed"; readonly resourceVersion: string }
  | {
      readonly type: "changed";
      readonly event: "ADDED" | "MODIFIED" | "DELETED";
      readonly read: ReadObject;
      readonly readAtMs: number;
    }
  /** All up to here has been said. */
  | { readonly type: "bookmark"; readonly resourceVersion: string }
  /** A request is over; the next one comes after `waitMs`. */
  | {
      readonly type: "interrupted";
      readonly ending: Ending;
      readonly reaction: Reaction;
      readonly waitMs: number;
    };

export type SnapshotCause = "start" | "initial" | Reaction["cause"];
