import { MAX_NESTING, readJson } from "../../events/json.ts";
import { TooDeep, wrapObject } from "../../core/changes/too-deep.ts";
import { readObject, type ReadObject } from "../../core/changes/read-object.ts";
import { decodeWatchEvent } from "../../adapters/kubernetes/protobuf/documents.ts";
import type { WatchTarget } from "./target.ts";
import { readOwn } from "../../core/json/read-json.ts";

type Watched = Pick<WatchTarget, "resource" | "projection">;

/** A line or a frame of a watch after parsing. */
export type WatchEvent =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly read: ReadObject }
  | {
      readonly type: "BOOKMARK";
      readonly resourceVersion: string;
      /** The snapshot of a WatchList is complete. */
      readonly endsSnapshot: boolean;
    }
  /** `status` is a metav1.Status, as sent. */
  | { readonly type: "ERROR"; readonly status: unknown }
  | { readonly type: "unreadable"; readonly reason: string };

/** https://github.com/kubernetes/enhancements/tree/master/keps/sig-api-machinery/3157-watch-list */
const END_OF_SNAPSHOT = "k8s.io/initial-events-end";

/** The object is one level below its event. */
const EVENT_MAX_LEVELS = MAX_NESTING + 1;

/** Reads a line of JSON, or a frame of protobuf; never throws. */
export function parseWatchEvent(piece: string | Buffer, watched: Watched): WatchEvent {
  return typeof piece === "string" ? parseLine(piece, watched) : parseFrame(piece, watched);
}

function parseLine(line: string, watched: Watched): WatchEvent {
  const read = readJson(line, EVENT_MAX_LEVELS);
  if (read.outcome === "refused") return unreadable(`a line that is ${read.reason}`);
  if (read.isTooDeep === undefined) return toWatchEvent(read.value, watched);
  const type = readOwn(read.value, "type");
  return toWatchEvent({ type, object: wrapObject(readOwn(read.value, "object")) }, watched);
}

function parseFrame(frame: Buffer, watched: Watched): WatchEvent {
  const decoded = decodeWatchEvent(frame);
  return decoded.ok
    ? toWatchEvent(decoded.value, watched)
    : unreadable(`a frame that is not a watch event: ${decoded.error}`);
}

function toWatchEvent(json: unknown, { resource, projection }: Watched): WatchEvent {
  const type = readOwn(json, "type");
  const object = readOwn(json, "object");
  switch (type) {
    case "ADDED":
    case "MODIFIED":
    case "DELETED": {
      const read = readObject(object, resource, projection);
      return read.ok ? { type, read: read.value } : unreadable(`${type} with ${read.error}`);
    }
    case "BOOKMARK":
      return toBookmark(object);
    case "ERROR":
      return { type, status: object instanceof TooDeep ? object.reason : object };
    default:
      return unreadable(`an event of the unknown type ${describeType(type)}`);
  }
}

function describeType(type: unknown): string {
  return typeof type === "string" ? JSON.stringify(type.slice(0, 40)) : typeof type;
}

function toBookmark(object: unknown): WatchEvent {
  const metadata = readOwn(object, "metadata");
  const resourceVersion = readOwn(metadata, "resourceVersion");
  if (typeof resourceVersion !== "string" || resourceVersion === "") {
    return unreadable("a bookmark without resourceVersion");
  }
  const endsSnapshot = readOwn(readOwn(metadata, "annotations"), END_OF_SNAPSHOT) === "true";
  return { type: "BOOKMARK", resourceVersion, endsSnapshot };
}

function unreadable(reason: string): WatchEvent {
  return { type: "unreadable", reason };
}
