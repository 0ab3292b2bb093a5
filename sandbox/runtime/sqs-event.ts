import { createHash } from "node:crypto";
import type { Message, MessageAttributeValue } from "@aws-sdk/client-sqs";
import { PAYLOAD_LIMIT_BYTES } from "./invocation.ts";

export type SqsRecord = {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly messageAttributes: Readonly<Record<string, SqsRecordAttribute>>;
  readonly md5OfBody: string;
  readonly md5OfMessageAttributes?: string;
  readonly eventSource: "aws:sqs";
  readonly eventSourceARN: string;
  readonly awsRegion: string;
};

export type SqsRecordAttribute = {
  readonly dataType: string;
  readonly stringValue?: string;
  /** Base64. */
  readonly binaryValue?: string;
  readonly stringListValues: readonly [];
  readonly binaryListValues: readonly [];
};

export type SqsEvent = { readonly Records: readonly SqsRecord[] };

/** A received message as Lambda passes it to a function: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
export function toSqsRecord(message: Message, queueArn: string): SqsRecord {
  const body = message.Body ?? "";
  const attributes = Object.entries(message.MessageAttributes ?? {});
  const md5OfAttributes = message.MD5OfMessageAttributes;
  return {
    messageId: message.MessageId ?? "",
    receiptHandle: message.ReceiptHandle ?? "",
    body,
    attributes: { ...message.Attributes },
    messageAttributes: Object.fromEntries(
      attributes.map(([name, value]) => [name, toRecordAttribute(value)]),
    ),
    md5OfBody: message.MD5OfBody ?? createHash("md5").update(body).digest("hex"),
    ...(md5OfAttributes === undefined ? {} : { md5OfMessageAttributes: md5OfAttributes }),
    eventSource: "aws:sqs",
    eventSourceARN: queueArn,
    awsRegion: queueArn.split(":")[3] ?? "",
  };
}

function toRecordAttribute(value: MessageAttributeValue): SqsRecordAttribute {
  const { StringValue: text, BinaryValue: bytes } = value;
  return {
    ...(text === undefined ? {} : { stringValue: text }),
    ...(bytes === undefined ? {} : { binaryValue: Buffer.from(bytes).toString("base64") }),
    stringListValues: [],
    binaryListValues: [],
    dataType: value.DataType ?? "String",
  };
}

/** Events of at most 6 MB each, in the order of the records: a larger batch takes several invocations. */
export function toSqsEvents(records: readonly SqsRecord[]): readonly SqsEvent[] {
  const events: { Records: SqsRecord[] }[] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const record of records) {
    // Includes the comma or bracket before it.
    const size = Buffer.byteLength(JSON.stringify(record)) + 1;
    if (bytes + size > PAYLOAD_LIMIT_BYTES) {
      events.push({ Records: [] });
      bytes = EMPTY_EVENT_BYTES;
    }
    events.at(-1)?.Records.push(record);
    bytes += size;
  }
  return events;
}

const EMPTY_EVENT_BYTES = Buffer.byteLength(JSON.stringify({ Records: [] }));
