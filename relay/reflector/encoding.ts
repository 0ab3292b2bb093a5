import type { WatchTarget } from "./target.ts";

/**
 * How a watch of metadata is spoken, the best first: PartialObjectMetadata as protobuf, the same as JSON, and whole objects
 * as JSON, whose body is dropped on reading. Watches of whole objects know only the last.
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches
 */
export type Encoding = "protobuf" | "partialJson" | "json";

const ENCODINGS = ["protobuf", "partialJson", "json"] as const;
const JSON_TYPE = "application/json";
const PROTOBUF_TYPE = "application/vnd.kubernetes.protobuf";

export function toBestEncoding(target: WatchTarget): Encoding {
  return target.projection === "metadata" ? "protobuf" : "json";
}

/** What is left to ask for, where this one is not served. */
export function toPlainerEncoding(encoding: Encoding): Encoding {
  return encoding === "protobuf" ? "partialJson" : "json";
}

/**
 * The Accept header: this encoding, then all that are plainer, so that a server may choose. Some answer 406 all the same,
 * as `as=` is looked at after the choice.
 */
export function toAccept(target: WatchTarget, verb: "list" | "watch"): string {
  const kind = verb === "list" ? "PartialObjectMetadataList" : "PartialObjectMetadata";
  const partial = `as=${kind};g=meta.k8s.io;v=v1`;
  const types = {
    protobuf: `${PROTOBUF_TYPE};${partial}`,
    partialJson: `${JSON_TYPE};${partial}`,
    json: JSON_TYPE,
  };
  const { encoding = "json" } = target;
  return ENCODINGS.slice(ENCODINGS.indexOf(encoding))
    .map((one) => types[one])
    .join(", ");
}

/** Whether an answer is in protobuf, whatever was asked for. */
export function isProtobuf(headers: Readonly<Record<string, string>>): boolean {
  return headers["content-type"]?.startsWith(PROTOBUF_TYPE) === true;
}
