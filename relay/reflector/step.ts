import type { ReadObject } from "../../core/changes/read-object.ts";
import type { Ending } from "./ending.ts";
import type { Reaction } from "./reaction.ts";

/** What a reflector reports, in the order of the stream. */
export type WatchStep =
  /** What follows until `snapshotEnded` is one state of all objects. A snapshot that breaks off starts again. */
  | {
      readonly type: "snapshotStarted";
      readonly cause: SnapshotCause;
      /** The journal's resourceVersions are no longer meaningful. */
      readonly replace: boolean;
      readonly mode: "watchList" | "listWatch";
    }
  /** An object of the snapshot; not ordered by resourceVersion. */
  | { readonly type: "listed"; readonly read: ReadObject; readonly readAtMs: number }
  /** Deleted before the snapshot was complete. */
  | { readonly type: "unlisted"; readonly read: ReadObject; readonly readAtMs: number }
  | { readonly type: "snapshotEnded"; readonly resourceVersion: string; readonly readAtMs: number }
  /** The server accepted the position; the changes since then follow. */
  | { readonly type: "resumed"; readonly resourceVersion: string }
  | {
      readonly type: "changed";
      readonly event: "ADDED" | "MODIFIED" | "DELETED";
      readonly read: ReadObject;
      readonly readAtMs: number;
    }
  /** Everything up to here has been reported. */
  | { readonly type: "bookmark"; readonly resourceVersion: string }
  /** A request is over; the next one starts after `waitMs`. */
  | {
      readonly type: "interrupted";
      readonly ending: Ending;
      readonly reaction: Reaction;
      readonly waitMs: number;
    };

export type SnapshotCause = "start" | "initial" | Reaction["cause"];
