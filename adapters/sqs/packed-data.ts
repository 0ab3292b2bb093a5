import { gunzipSync, gzipSync } from "node:zlib";
import {
  CHANGE_CONTRACT,
  checkChangeMessage,
  packedChangeMessageSchema,
  parseChangeMessage,
  type ChangeMessage,
} from "../../events/change.ts";
import { checkMessage, readMessageJson, type Parsed } from "../../events/contract.ts";
import { MAX_NESTING, type ReadJson } from "../../events/json.ts";
import { CHANGE_MAX_VALUES } from "../../events/json-values.ts";
import { readOwn } from "../../core/json/read-json.ts";
import { UNPACKED_MAX_BYTES } from "../../core/changes/message-body.ts";

/** The object is one level down in its data. */
const DATA_MAX_LEVELS = MAX_NESTING + 10;

/** gzip, then base64: the form of `data` if a message would be over the limit of SQS. */
export function packData(text: string): string {
  return gzipSync(text).toString("base64");
}

/** Reads a change, packed or not; never throws, and unpacks no more than a relay packs. */
export function parseChangeBody(body: string): Parsed<ChangeMessage> {
  // Nearly all messages are not packed: this avoids reading them twice. An underscore is rarer than a quote, so this text is found faster.
  if (!body.includes('_base64"')) return parseChangeMessage(body);
  const read = readMessageJson(body, CHANGE_MAX_VALUES);
  if (read.outcome === "refused" || readOwn(read.value, "data_base64") === undefined) {
    return parseChangeMessage(body);
  }
  const packed = checkMessage(read.value, "change", CHANGE_CONTRACT, packedChangeMessageSchema);
  if (packed.outcome === "refused") return packed;
  const { data_base64: base64, datacontentencoding: _encoding, ...envelope } = packed.value;
  const data = readPacked(base64);
  if (data.outcome === "refused") {
    return { outcome: "refused", code: "malformed", reason: `data_base64 is ${data.reason}` };
  }
  return checkChangeMessage({ ...envelope, data: data.value });
}

/** Nesting and values are counted, and integers keep their digits, as in a message that is not packed. */
function readPacked(base64: string): ReadJson {
  try {
    const options = { maxOutputLength: UNPACKED_MAX_BYTES };
    const bytes = gunzipSync(Buffer.from(base64, "base64"), options);
    const read = readMessageJson(bytes.toString("utf8"), CHANGE_MAX_VALUES, DATA_MAX_LEVELS);
    return read.outcome === "refused" && read.reason === NOT_JSON ? NOT_GZIP : read;
  } catch {
    return NOT_GZIP;
  }
}

const NOT_JSON = "not JSON";
const NOT_GZIP: ReadJson = { outcome: "refused", reason: "not gzip of JSON" };
