import { ok, refuse, type Result } from "../../../core/result.ts";
import { number, text } from "./fields.ts";
import { readObjectMeta } from "./object-meta.ts";
import { readStatus } from "./status.ts";
import { MalformedMessage, WireReader } from "./wire.ts";

/** A decoded answer, equal to the JSON of the same answer; objects have only their metadata. */
export type Document = Readonly<Record<string, unknown>>;

/**
 * Reads a frame of a watch: metav1.WatchEvent, whose object is a document of its own. Never throws; refused with a reason if the
 * bytes are not such an event.
 */
export function decodeWatchEvent(frame: Buffer): Result<Document, string> {
  return orRefuse(() => {
    const reader = new WireReader(frame);
    const end = frame.length;
    let type = "";
    let object: Document | undefined;
    while (reader.at < end) {
      const tag = reader.tag(end);
      if (tag === text(1)) type = reader.repeatedText(end);
      else if (tag === text(2)) object = readRawExtension(reader, end);
      else reader.skip(tag, end);
    }
    return { type, object };
  });
}

/** Reads a whole answer: PartialObjectMetadata, a list of these, or a Status. Never throws; refused with a reason. */
export function decodeDocument(bytes: Buffer): Result<Document, string> {
  return orRefuse(() => readDocument(new WireReader(bytes), bytes.length));
}

function orRefuse<T>(read: () => T): Result<T, string> {
  try {
    return ok(read());
  } catch (error) {
    if (error instanceof MalformedMessage) return refuse(error.message);
    throw error;
  }
}

function readRawExtension(reader: WireReader, outer: number): Document {
  const end = reader.bounds(outer);
  let object: Document = {};
  while (reader.at < end) {
    const tag = reader.tag(end);
    if (tag === text(1)) object = readDocument(reader, reader.bounds(end));
    else reader.skip(tag, end);
  }
  return object;
}

/** "k8s" and a zero byte. */
const MAGIC = 0x6b_38_73_00;

/**
 * An object in its envelope, runtime.Unknown: its type, then its own bytes.
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding
 */
function readDocument(reader: WireReader, end: number): Document {
  if (end - reader.at < 4 || reader.bytes.readUInt32BE(reader.at) !== MAGIC) {
    throw new MalformedMessage("bytes that are not Kubernetes' protobuf");
  }
  reader.at += 4;
  let type = { apiVersion: "", kind: "" };
  let at = end;
  let to = end;
  while (reader.at < end) {
    const tag = reader.tag(end);
    switch (tag) {
      case text(1):
        type = readType(reader, end);
        break;
      case text(2):
        to = reader.bounds(end);
        at = reader.at;
        reader.at = to;
        break;
      case text(3):
        if (reader.text(end) !== "") throw new MalformedMessage("an encoding within protobuf");
        break;
      default:
        reader.skip(tag, end);
    }
  }
  const body = readBody(type.kind, new WireReader(reader.bytes, at), to);
  return { ...body, ...type };
}

function readType(reader: WireReader, outer: number): { apiVersion: string; kind: string } {
  const end = reader.bounds(outer);
  const type = { apiVersion: "", kind: "" };
  while (reader.at < end) {
    const tag = reader.tag(end);
    if (tag === text(1)) type.apiVersion = reader.repeatedText(end);
    else if (tag === text(2)) type.kind = reader.repeatedText(end);
    else reader.skip(tag, end);
  }
  return type;
}

function readBody(kind: string, reader: WireReader, end: number): Document {
  switch (kind) {
    case "PartialObjectMetadata":
      return readObject(reader, end);
    case "PartialObjectMetadataList":
      return readList(reader, end);
    case "Status":
      return readStatus(reader, end);
    default:
      throw new MalformedMessage(`a ${JSON.stringify(kind.slice(0, 60))} instead of metadata`);
  }
}

function readObject(reader: WireReader, end: number): Document {
  let metadata: Document = {};
  while (reader.at < end) {
    const tag = reader.tag(end);
    if (tag === text(1)) metadata = readObjectMeta(reader, reader.bounds(end));
    else reader.skip(tag, end);
  }
  return { metadata };
}

function readList(reader: WireReader, end: number): Document {
  let metadata: Document = {};
  const items: Document[] = [];
  while (reader.at < end) {
    const tag = reader.tag(end);
    if (tag === text(1)) metadata = readListMeta(reader, reader.bounds(end));
    else if (tag === text(2)) items.push(readObject(reader, reader.bounds(end)));
    else reader.skip(tag, end);
  }
  return { metadata, items };
}

function readListMeta(reader: WireReader, end: number): Document {
  const metadata: Record<string, unknown> = {};
  while (reader.at < end) {
    const tag = reader.tag(end);
    if (tag === text(2)) metadata["resourceVersion"] = reader.text(end);
    else if (tag === text(3)) metadata["continue"] = reader.text(end);
    else if (tag === number(4)) metadata["remainingItemCount"] = reader.varint(end);
    else reader.skip(tag, end);
  }
  return metadata;
}
