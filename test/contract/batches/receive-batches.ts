import {
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type Message,
} from "@aws-sdk/client-sqs";
import { expect } from "vitest";
import { createSqsHandler } from "../../../adapters/lambda/sqs-handler.ts";
import { startEventSourceMapping } from "../../../sandbox/runtime/event-source-mapping.ts";
import type { SqsEvent } from "../../../sandbox/runtime/sqs-event.ts";
import { captureLines, toContext } from "../../adapters/lambda/invocation.ts";
import { toArn, type QueueEmulator } from "../../support/queues/queue-emulator.ts";
import { toRedrive } from "../queues/probe.ts";
import type { Process, Sent } from "./scenario.ts";

type Received = {
  /** One for each invocation. */
  readonly events: readonly SqsEvent[];
  readonly lines: readonly Readonly<Record<string, unknown>>[];
  /** `event` counts the invocations from 1. */
  readonly processed: readonly { readonly body: string; readonly event: number }[];
  /** Bodies of the records that the first invocation returned. */
  readonly givenBack: readonly (string | undefined)[];
  readonly dead: readonly Message[];
};

/** Puts everything on the queue before the mapping starts, and runs until the queue is empty. */
export async function receiveBatches(
  emulator: QueueEmulator,
  sent: readonly Sent[],
  process: Process,
  options: {
    readonly remainingMs?: number | undefined;
    readonly visibilitySeconds?: number;
  } = {},
): Promise<Received> {
  const { remainingMs, visibilitySeconds = 360 } = options;
  const { url, dead } = await fillQueue(emulator, sent, visibilitySeconds);
  const events: SqsEvent[] = [];
  const answers: (readonly string[])[] = [];
  const processed: { readonly body: string; readonly event: number }[] = [];
  const { lines } = await captureLines(async () => {
    const handler = createSqsHandler({
      name: "batches",
      fifo: true,
      client: emulator.client,
      deadLetterQueueUrl: dead,
      process: async (record) => {
        processed.push({ body: record.body, event: events.length });
        return process(record, Number(record.attributes.ApproximateReceiveCount));
      },
    });
    const mapping = startEventSourceMapping({
      client: emulator.client,
      queueUrl: url,
      queueArn: toArn(url),
      settings: {
        queue: "batches",
        fifo: true,
        batchSize: 10,
        batchingWindowMs: 0,
        reportBatchItemFailures: true,
      },
      async invoke(event) {
        events.push(event);
        const payload = await handler(event, toContext(remainingMs));
        answers.push(payload.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
        return { outcome: "ok", payload };
      },
      concurrency: 1,
      drainTimeoutMs: 5000,
    });
    await expect.poll(() => countMessages(emulator, url), { timeout: 20_000 }).toBe(0);
    expect(await mapping.stop()).toBe(true);
  });
  const bodies = new Map(
    events.flatMap(({ Records }) => Records.map((record) => [record.messageId, record.body])),
  );
  return {
    events,
    lines,
    processed,
    givenBack: (answers[0] ?? []).map((id) => bodies.get(id)),
    dead: await receiveDead(emulator, dead),
  };
}

/** A queue that holds the messages, and its dead-letter queue. */
async function fillQueue(
  emulator: QueueEmulator,
  sent: readonly Sent[],
  visibilitySeconds: number,
): Promise<{ readonly url: string; readonly dead: string }> {
  const dead = await emulator.createQueue({ fifo: true });
  // As deployed: a poison message must not need so many receives.
  const VisibilityTimeout = String(visibilitySeconds);
  const attributes = { ...toRedrive(dead, 60), VisibilityTimeout };
  const url = await emulator.createQueue({ fifo: true, attributes });
  for (const [index, { group, body }] of sent.entries()) {
    const ids = { MessageGroupId: group, MessageDeduplicationId: String(index) };
    await emulator.client.send(
      new SendMessageCommand({ QueueUrl: url, MessageBody: body, ...ids }),
    );
  }
  return { url, dead };
}

async function countMessages(emulator: QueueEmulator, url: string): Promise<number> {
  const command = new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ["All"] });
  const { Attributes: attributes = {} } = await emulator.client.send(command);
  return (
    Number(attributes["ApproximateNumberOfMessages"]) +
    Number(attributes["ApproximateNumberOfMessagesNotVisible"])
  );
}

async function receiveDead(emulator: QueueEmulator, url: string): Promise<readonly Message[]> {
  const command = new ReceiveMessageCommand({
    QueueUrl: url,
    MaxNumberOfMessages: 10,
    MessageAttributeNames: ["All"],
    MessageSystemAttributeNames: ["All"],
  });
  return (await emulator.client.send(command)).Messages ?? [];
}
