import type { ResourceType } from "../../events/change.ts";
import { readObject, type ReadObject } from "../../core/changes/read-object.ts";

/** A line of a watch, read. */
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

/** Reads a line; never throws. */
export function parseWatchLine(line: string, resource: ResourceType): WatchEvent {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return unreadable("a line that is not JSON");
  }
  const type = own(json, "type");
  const object = own(json, "object");
  switch (type) {
    case "ADDED":
    case "MODIFIED":
    case "DELETED": {
      const read = readObject(object, resource);
      return read.ok ? { type, read: read.value } : unreadable(`${type} with ${read.error}`);
    }
    case "BOOKMARK":
      return toBookmark(object);
    case "ERROR":
      return { type, status: object };
    default:
      return unreadable(`an event of the unknown type ${JSON.stringify(type)?.slice(0, 40)}`);
  }
}

function toBookmark(object: unknown): WatchEvent {
  const metadata = own(object, "metadata");
  const resourceVersion = own(metadata, "resourceVersion");
  if (typeof resourceVersion !== "string" || resourceVersion === "") {
    return unreadable("a bookmark without resourceVersion");
  }
  const endsSnapshot = own(own(metadata, "annotations"), END_OF_SNAPSHOT) === "true";
  return { type: "BOOKMARK", resourceVersion, endsSnapshot };
}

function unreadable(reason: string): WatchEvent {
  return { type: "unreadable", reason };
}

function own(value: unknown, field: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, field)) return undefined;
  return (value as Record<string, unknown>)[field];
}
