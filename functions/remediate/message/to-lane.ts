import type { SqsRecord } from "../../../adapters/lambda/sqs-event.ts";
import { readField } from "../../../core/json/read-json.ts";

/**
 * The lane of a message: its record. Messages about one record are processed one after the other, because in parallel they would only
 * conflict. Messages about different records are independent, even those of one rule, which share a message group.
 */
export function toLane({ body, messageId }: SqsRecord): string {
  const record = readField(parse(body), "data", "record");
  const name = readField(record, "name") ?? record;
  return typeof name === "string" ? name : messageId;
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return undefined;
  }
}
