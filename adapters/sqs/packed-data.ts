import { gunzipSync, gzipSync } from "node:zlib";
import {
  CHANGE_CONTRACT,
  packedChangeMessageSchema,
  parseChangeMessage,
  type ChangeMessage,
} from "../../events/change.ts";
import { parseMessage, type Parsed } from "../../events/contract.ts";
import { MAX_NESTING, readBoundedJson, type ReadJson } from "../../events/json.ts";

/** etcd's default limit for an object is 1.5 MB; data that unpacks to more than this is a decompression bomb. */
const UNPACKED_MAX_BYTES = 16 * 1024 * 1024;

/** The object is one level down in its data. */
const DATA_MAX_LEVELS = MAX_NESTING + 10;

/** gzip, then base64: the form of `data` if a message would be over the limit of SQS. */
export function packData(text: string): string {
  return gzipSync(text).toString("base64");
}

/** Reads a change, packed or not; never throws, and unpacks at most 16 MiB. */
export function parseChangeBody(body: string): Parsed<ChangeMessage> {
  if (!isPacked(body)) return parseChangeMessage(body);
  const packed = parseMessage(body, "change", CHANGE_CONTRACT, packedChangeMessageSchema);
  if (packed.outcome === "refused") return packed;
  const { data_base64: base64, datacontentencoding: _encoding, ...envelope } = packed.value;
  const data = readPacked(base64);
  if (data.outcome === "refused") {
    return { outcome: "refused", code: "malformed", reason: `data_base64 is ${data.reason}` };
  }
  return parseChangeMessage(JSON.stringify({ ...envelope, data: data.value }));
}

/** Nesting is counted, and integers keep their digits, as in a message that is not packed. */
function readPacked(base64: string): ReadJson {
  try {
    const options = { maxOutputLength: UNPACKED_MAX_BYTES };
    const bytes = gunzipSync(Buffer.from(base64, "base64"), options);
    const read = readBoundedJson(bytes.toString("utf8"), DATA_MAX_LEVELS);
    return read.outcome === "refused" && read.reason === NOT_JSON ? NOT_GZIP : read;
  } catch {
    return NOT_GZIP;
  }
}

const NOT_JSON = "not JSON";
const NOT_GZIP: ReadJson = { outcome: "refused", reason: "not gzip of JSON" };

function isPacked(body: string): boolean {
  // Nearly all messages are not packed: this avoids parsing them twice.
  if (!body.includes('"data_base64"')) return false;
  try {
    const json: unknown = JSON.parse(body);
    return typeof json === "object" && json !== null && Object.hasOwn(json, "data_base64");
  } catch {
    return false;
  }
}
