import { number, setNumber, setText, text, type Fields } from "./fields.ts";
import { MalformedMessage, WireReader } from "./wire.ts";

/**
 * Reads metav1.ObjectMeta into what its JSON would be: fields that JSON omits because they are empty are omitted, times are RFC 3339
 * in seconds. Of managedFields, which are most of the bytes, only the newest entry's manager and time are kept: no more is used.
 * Field numbers: https://github.com/kubernetes/apimachinery/blob/v0.36.3/pkg/apis/meta/v1/generated.proto
 */
export function readObjectMeta(reader: WireReader, end: number): Fields {
  const metadata: Fields = {};
  const newest = { manager: "", seconds: Number.NEGATIVE_INFINITY };
  while (reader.at < end) {
    const tag = reader.tag(end);
    switch (tag) {
      case text(1):
        setText(metadata, "name", reader.text(end));
        break;
      case text(2):
        setText(metadata, "generateName", reader.repeatedText(end));
        break;
      case text(3):
        setText(metadata, "namespace", reader.repeatedText(end));
        break;
      case text(4):
        setText(metadata, "selfLink", reader.text(end));
        break;
      case text(5):
        setText(metadata, "uid", reader.text(end));
        break;
      case text(6):
        setText(metadata, "resourceVersion", reader.text(end));
        break;
      case number(7):
        setNumber(metadata, "generation", reader.varint(end));
        break;
      case text(8):
        setText(metadata, "creationTimestamp", toTime(readSeconds(reader, end)));
        break;
      case text(9):
        setText(metadata, "deletionTimestamp", toTime(readSeconds(reader, end)));
        break;
      case number(10):
        metadata["deletionGracePeriodSeconds"] = reader.varint(end);
        break;
      case text(11):
        readEntry(reader, end, toTexts(metadata, "labels"));
        break;
      case text(12):
        readEntry(reader, end, toTexts(metadata, "annotations"));
        break;
      case text(13):
        append(metadata, "ownerReferences", readOwnerReference(reader, end));
        break;
      case text(14):
        append(metadata, "finalizers", reader.text(end));
        break;
      case text(17):
        readManager(reader, end, newest);
        break;
      default:
        reader.skip(tag, end);
    }
  }
  if (newest.manager !== "") metadata["managedFields"] = [toManagedFields(newest)];
  return metadata;
}

function toTexts(metadata: Fields, field: string): Record<string, string> {
  const texts = (metadata[field] ?? {}) as Record<string, string>;
  metadata[field] = texts;
  return texts;
}

function append(metadata: Fields, field: string, value: unknown): void {
  const list = metadata[field] as unknown[] | undefined;
  if (list === undefined) metadata[field] = [value];
  else list.push(value);
}

/** A map is encoded as a list of messages, each with a key and a value. */
function readEntry(reader: WireReader, outer: number, texts: Record<string, string>): void {
  const end = reader.bounds(outer);
  let key = "";
  let value = "";
  while (reader.at < end) {
    const tag = reader.tag(end);
    if (tag === text(1)) key = reader.repeatedText(end);
    else if (tag === text(2)) value = reader.repeatedText(end);
    else reader.skip(tag, end);
  }
  if (key !== "__proto__") texts[key] = value;
  // An own property, as JSON.parse defines it.
  else
    Object.defineProperty(texts, key, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
}

function readOwnerReference(reader: WireReader, outer: number): Fields {
  const end = reader.bounds(outer);
  const owner: Fields = { apiVersion: "", kind: "", name: "", uid: "" };
  while (reader.at < end) {
    const tag = reader.tag(end);
    switch (tag) {
      case text(1):
        owner["kind"] = reader.repeatedText(end);
        break;
      case text(3):
        owner["name"] = reader.repeatedText(end);
        break;
      case text(4):
        owner["uid"] = reader.repeatedText(end);
        break;
      case text(5):
        owner["apiVersion"] = reader.repeatedText(end);
        break;
      case number(6):
        owner["controller"] = reader.varint(end) !== 0;
        break;
      case number(7):
        owner["blockOwnerDeletion"] = reader.varint(end) !== 0;
        break;
      default:
        reader.skip(tag, end);
    }
  }
  return owner;
}

type Manager = { manager: string; seconds: number };

/** Of several entries in the same second the last one is used, as in `core/redaction/redact.ts`. */
function readManager(reader: WireReader, outer: number, newest: Manager): void {
  const end = reader.bounds(outer);
  let managerAt: number | undefined;
  let seconds: number | undefined;
  while (reader.at < end) {
    const tag = reader.tag(end);
    if (tag === text(1)) managerAt = reader.at;
    if (tag === text(4)) seconds = readSeconds(reader, end);
    else reader.skip(tag, end);
  }
  const time = seconds ?? Number.NEGATIVE_INFINITY;
  if (managerAt === undefined || time < newest.seconds) return;
  const manager = new WireReader(reader.bytes, managerAt).text(end);
  if (manager === "") return;
  newest.manager = manager;
  newest.seconds = time;
}

function toManagedFields({ manager, seconds }: Manager): Fields {
  return seconds === Number.NEGATIVE_INFINITY ? { manager } : { manager, time: toTime(seconds) };
}

/** Seconds of a metav1.Time; undefined for the zero time, which is an empty message. The JSON form has no fractions. */
function readSeconds(reader: WireReader, outer: number): number | undefined {
  const end = reader.bounds(outer);
  if (reader.at === end) return undefined;
  let seconds = 0;
  while (reader.at < end) {
    const tag = reader.tag(end);
    if (tag === number(1)) seconds = reader.varint(end);
    else reader.skip(tag, end);
  }
  return seconds;
}

/** The years that RFC 3339 can express. */
const FIRST_SECOND = -62_135_596_800;
const LAST_SECOND = 253_402_300_799;

let lastTime = { seconds: 0, text: "1970-01-01T00:00:00Z" };

/** "" for the zero time. Many objects are often created in the same second, so the last text is cached. */
function toTime(seconds: number | undefined): string {
  if (seconds === undefined) return "";
  if (seconds === lastTime.seconds) return lastTime.text;
  if (seconds < FIRST_SECOND || seconds > LAST_SECOND) {
    throw new MalformedMessage("a time outside the years 1 to 9999");
  }
  const text = `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;
  lastTime = { seconds, text };
  return text;
}
