/**
 * How a watch of metadata is encoded, the best first: PartialObjectMetadata as protobuf, the same as JSON, and whole objects as JSON,
 * whose body is dropped on reading. Watches of whole objects use only the last.
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches
 */
export type Encoding = "protobuf" | "partialJson" | "json";

/** How much of each object is read: everything, or apiVersion, kind and metadata. */
export type Projection = "full" | "metadata";

const ENCODINGS = ["protobuf", "partialJson", "json"] as const;
const JSON_TYPE = "application/json";
const PROTOBUF_TYPE = "application/vnd.kubernetes.protobuf";

export function toBestEncoding(target: { readonly projection?: Projection | undefined }): Encoding {
  return target.projection === "metadata" ? "protobuf" : "json";
}

/** What to ask for if this encoding is not served. */
export function toPlainerEncoding(encoding: Encoding): Encoding {
  return encoding === "protobuf" ? "partialJson" : "json";
}

/**
 * The Accept header: this encoding, then all plainer ones, so that a server may choose. Some answer 406 all the same, because `as=` is
 * examined after the choice.
 */
export function toAccept(
  target: { readonly encoding?: Encoding | undefined },
  verb: "list" | "watch",
): string {
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

/** Whether an answer is in protobuf, whatever was requested. */
export function isProtobuf(headers: Readonly<Record<string, string>>): boolean {
  return headers["content-type"]?.startsWith(PROTOBUF_TYPE) === true;
}
