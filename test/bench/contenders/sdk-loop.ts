/** The upper bound of publishing: the SDK alone, in batches of ten, with as many concurrent calls as the relay makes. */
import { randomUUID } from "node:crypto";
import { SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs";
import { measure } from "./measure.ts";

const CALLS = 4;
const ENTRIES = 10;

const { BENCH_QUEUE_URL: QueueUrl = "", BENCH_OBJECTS, BENCH_BODY_BYTES } = process.env;
const messages = Number(BENCH_OBJECTS);
const body = "x".repeat(Number(BENCH_BODY_BYTES));
const client = new SQSClient({ endpoint: new URL(QueueUrl).origin });
const report = measure();
let next = 0;
const loop = async (): Promise<void> => {
  while (next < messages) {
    const ids = Array.from({ length: Math.min(ENTRIES, messages - next) }, () => randomUUID());
    next += ids.length;
    const Entries = ids.map((id, index) => ({
      Id: String(index),
      MessageBody: body,
      MessageGroupId: id,
      MessageDeduplicationId: id,
    }));
    const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    if (Failed.length > 0) throw new Error(JSON.stringify(Failed[0]));
  }
};
await Promise.all(Array.from({ length: CALLS }, loop));
report(messages);
