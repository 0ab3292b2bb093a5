import { number, setNumber, setText, text, type Fields } from "./fields.ts";
import type { WireReader } from "./wire.ts";

/** Reads metav1.Status into what its JSON would be; empty fields are omitted. */
export function readStatus(reader: WireReader, end: number): Fields {
  const status: Fields = {};
  while (reader.at < end) {
    const tag = reader.tag(end);
    switch (tag) {
      case text(2):
        setText(status, "status", reader.text(end));
        break;
      case text(3):
        setText(status, "message", reader.text(end));
        break;
      case text(4):
        setText(status, "reason", reader.text(end));
        break;
      case text(5):
        status["details"] = readDetails(reader, reader.bounds(end));
        break;
      case number(6):
        setNumber(status, "code", reader.varint(end));
        break;
      default:
        reader.skip(tag, end);
    }
  }
  return status;
}

function readDetails(reader: WireReader, end: number): Fields {
  const details: Fields = {};
  const causes: Fields[] = [];
  while (reader.at < end) {
    const tag = reader.tag(end);
    switch (tag) {
      case text(1):
        setText(details, "name", reader.text(end));
        break;
      case text(2):
        setText(details, "group", reader.text(end));
        break;
      case text(3):
        setText(details, "kind", reader.text(end));
        break;
      case text(4):
        causes.push(readCause(reader, reader.bounds(end)));
        break;
      case number(5):
        setNumber(details, "retryAfterSeconds", reader.varint(end));
        break;
      case text(6):
        setText(details, "uid", reader.text(end));
        break;
      default:
        reader.skip(tag, end);
    }
  }
  return causes.length === 0 ? details : { ...details, causes };
}

function readCause(reader: WireReader, end: number): Fields {
  const cause: Fields = {};
  while (reader.at < end) {
    const tag = reader.tag(end);
    if (tag === text(1)) setText(cause, "reason", reader.text(end));
    else if (tag === text(2)) setText(cause, "message", reader.text(end));
    else if (tag === text(3)) setText(cause, "field", reader.text(end));
    else reader.skip(tag, end);
  }
  return cause;
}
