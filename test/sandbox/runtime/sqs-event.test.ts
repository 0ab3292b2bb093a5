import { expect, test } from "vitest";
import { toSqsEvents, toSqsRecord } from "../../../sandbox/runtime/sqs-event.ts";

const ARN = "arn:aws:sqs:us-east-1:000000000000:changes.fifo";

test("a record has the shape that AWS documents", () => {
  const record = toSqsRecord(
    {
      MessageId: "059f36b4",
      ReceiptHandle: "AQEB",
      Body: "hello",
      MD5OfBody: "5d41402abc4b2a76b9719d911017c592",
      MD5OfMessageAttributes: "e4e68fb7bd0e697a0ae8f1bb342846b3",
      Attributes: { MessageGroupId: "g", ApproximateReceiveCount: "2" },
      MessageAttributes: {
        text: { DataType: "String", StringValue: "x" },
        bytes: { DataType: "Binary", BinaryValue: new Uint8Array([1, 2, 3]) },
      },
    },
    ARN,
  );
  expect(record).toEqual({
    messageId: "059f36b4",
    receiptHandle: "AQEB",
    body: "hello",
    attributes: { MessageGroupId: "g", ApproximateReceiveCount: "2" },
    messageAttributes: {
      text: { dataType: "String", stringValue: "x", stringListValues: [], binaryListValues: [] },
      bytes: {
        dataType: "Binary",
        binaryValue: "AQID",
        stringListValues: [],
        binaryListValues: [],
      },
    },
    md5OfBody: "5d41402abc4b2a76b9719d911017c592",
    md5OfMessageAttributes: "e4e68fb7bd0e697a0ae8f1bb342846b3",
    eventSource: "aws:sqs",
    eventSourceARN: ARN,
    awsRegion: "us-east-1",
  });
});

test("ten messages of 1 MiB become events of at most 6 MB, in order and complete", () => {
  const records = Array.from({ length: 10 }, (_, n) =>
    toSqsRecord({ MessageId: String(n), Body: "x".repeat(1024 * 1024) }, ARN),
  );
  const events = toSqsEvents(records);
  expect(events).toHaveLength(2);
  expect(events.flatMap((event) => event.Records.map((record) => record.messageId))).toEqual(
    records.map((record) => record.messageId),
  );
  for (const event of events) {
    expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThanOrEqual(6 * 1024 * 1024);
  }
});

test("characters that JSON escapes count with their escaped length", () => {
  const records = Array.from({ length: 4 }, (_, n) =>
    toSqsRecord({ MessageId: String(n), Body: '"'.repeat(1024 * 1024) }, ARN),
  );
  for (const event of toSqsEvents(records)) {
    expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThanOrEqual(6 * 1024 * 1024);
  }
  expect(toSqsEvents(records)).toHaveLength(2);
});

test("no records give no event", () => {
  expect(toSqsEvents([])).toEqual([]);
});
