import type { SqsRecord } from "../../../adapters/lambda/sqs-event.ts";
import { readField } from "../../../core/json/read-json.ts";

/**
 * Messages about one record go one after the other: side by side they would only take the record from each other. Messages about
 * different records have nothing to do with each other, also those of one rule, which is their group.
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
