import type { SqsRecord } from "../../../adapters/lambda/sqs-event.ts";
import { readMessageJson } from "../../../events/contract.ts";
import { readField } from "../../../core/json/read-json.ts";

/**
 * The lane of a message: its record, or its guard or group of alerts, in its cluster. Messages about one record are processed one after the
 * other, because in parallel they would only conflict. Messages about different records are independent, even those of one object, which
 * share a message group.
 */
export function toLane({ body, messageId }: SqsRecord): string {
  const read = readMessageJson(body);
  if (read.outcome === "refused") return messageId;
  const record = readField(read.value, "data", "record");
  const name = readField(record, "name") ?? record;
  const uid = readField(read.value, "data", "cluster", "uid");
  return typeof name === "string" ? `${String(uid)}/${name}` : messageId;
}
