import { gunzipSync, gzipSync } from "node:zlib";
import {
  CHANGE_CONTRACT,
  packedChangeMessageSchema,
  parseChangeMessage,
  type ChangeMessage,
} from "../../events/change.ts";
import { parseMessage, type Parsed } from "../../events/contract.ts";

/** etcd's default limit for an object is 1.5 MB; data that unpacks to more than this is a decompression bomb. */
const UNPACKED_MAX_BYTES = 16 * 1024 * 1024;

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
  let data: unknown;
  try {
    const options = { maxOutputLength: UNPACKED_MAX_BYTES };
    data = JSON.parse(gunzipSync(Buffer.from(base64, "base64"), options).toString("utf8"));
  } catch {
    return { outcome: "refused", code: "malformed", reason: "data_base64 is not gzip of JSON" };
  }
  return parseChangeMessage(JSON.stringify({ ...envelope, data }));
}

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
