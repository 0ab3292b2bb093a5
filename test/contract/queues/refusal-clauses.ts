import {
  DeleteMessageBatchCommand,
  ChangeMessageVisibilityBatchCommand,
  SendMessageBatchCommand,
  type BatchResultErrorEntry,
  type SendMessageBatchRequestEntry,
} from "@aws-sdk/client-sqs";
import { setTimeout as sleep } from "node:timers/promises";
import { isKubemendError } from "../../../core/errors.ts";
import { checkFifoQueue } from "../../../adapters/sqs/check-queue.ts";
import { toQueueError } from "../../../adapters/sqs/errors.ts";
import { BATCH_MAX_BYTES, sendBatch } from "../../../adapters/sqs/send-batch.ts";
import type { QueueEmulator } from "../../support/queues/queue-emulator.ts";
import type { Clause } from "./clause.ts";
import { openProbe } from "./probe.ts";

/** The outcome of a call: `accepted`, or our code for the refusal. */
async function settle(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return "accepted";
  } catch (error) {
    return isKubemendError(error) ? error.code : toQueueError(error, "queue").code;
  }
}

function toEntries(count: number, of: Partial<SendMessageBatchRequestEntry> = {}) {
  return Array.from({ length: count }, (_, index) => ({
    Id: String(index),
    MessageBody: `m${index}`,
    MessageGroupId: `g${index}`,
    MessageDeduplicationId: String(index),
    ...of,
  }));
}

async function sendEntries(
  emulator: QueueEmulator,
  Entries: SendMessageBatchRequestEntry[],
): Promise<unknown> {
  const { url: QueueUrl } = await openProbe(emulator);
  return emulator.client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
}

function toFailedIds(failed: readonly BatchResultErrorEntry[] | undefined) {
  return (failed ?? []).map(({ Id, SenderFault }) => ({ Id, SenderFault }));
}

/** What SQS refuses, and which part of a call fails then. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html */
export const REFUSAL_CLAUSES: readonly Clause[] = [
  {
    name: "only the invalid entry of a batch is refused, as the sender's fault",
    async ask(emulator) {
      const { url: QueueUrl, drain } = await openProbe(emulator);
      // U+FFFF would work on SQS too, but ElasticMQ treats it as the end of the request.
      const Entries = toEntries(3).map((entry) =>
        entry.Id === "1" ? { ...entry, MessageBody: "not a character: \uFFFE" } : entry,
      );
      const command = new SendMessageBatchCommand({ QueueUrl, Entries });
      const { Failed } = await emulator.client.send(command);
      return { failed: toFailedIds(Failed), delivered: (await drain()).toSorted() };
    },
    aws: { failed: [{ Id: "1", SenderFault: true }], delivered: ["m0", "m2"] },
  },
  {
    name: "sendBatch distinguishes the entry that is refused permanently from those that were accepted",
    async ask(emulator) {
      const { url: queueUrl } = await openProbe(emulator);
      // sendBatch escapes the body of a message; its attributes have the same limits, and are sent as they are.
      const entries = ["fine", "\uFFFE", "fine too"].map((note, index) => ({
        body: "{}",
        attributes: { note },
        groupId: `g${index}`,
        deduplicationId: String(index),
      }));
      const outcomes = await sendBatch({ client: emulator.client, queueUrl }, entries);
      return outcomes.map((one) => (one.outcome === "refused" ? one.error.code : one.outcome));
    },
    aws: ["accepted", "MessageRefused", "accepted"],
    deviations: {
      fauxqs: {
        seen: ["accepted", "accepted", "accepted"],
        reason: "it does not check attributes; Kubemend writes none that SQS refuses",
      },
    },
  },
  {
    name: "a batch of eleven entries, one with a duplicate entry id and an empty one are refused as a whole",
    async ask(emulator) {
      return Promise.all(
        [toEntries(11), toEntries(2, { Id: "same" }), []].map((entries) =>
          settle(sendEntries(emulator, entries)).then((outcome) => outcome === "accepted"),
        ),
      );
    },
    aws: [false, false, false],
    deviations: {
      ElasticMQ: {
        seen: [false, false, true],
        reason: "an empty batch is accepted; we never send one",
      },
    },
  },
  {
    name: "a message of 1 MiB is accepted, and one byte more is refused permanently",
    async ask(emulator) {
      const send = (bytes: number): Promise<string> =>
        settle(sendEntries(emulator, toEntries(1, { MessageBody: "x".repeat(bytes) })));
      return [await send(BATCH_MAX_BYTES), await send(BATCH_MAX_BYTES + 1)];
    },
    aws: ["accepted", "MessageRefused"],
  },
  {
    name: "the entries of a batch share a limit of 1 MiB",
    async ask(emulator) {
      const half = "x".repeat(BATCH_MAX_BYTES / 2);
      const over = toEntries(2, { MessageBody: `${half}x` });
      return [
        await settle(sendEntries(emulator, toEntries(2, { MessageBody: half }))),
        await settle(sendEntries(emulator, over)),
      ];
    },
    aws: ["accepted", "MessageRefused"],
  },
  {
    name: "sendBatch sends more than that in several calls",
    async ask(emulator) {
      const queue = await openProbe(emulator);
      const entries = Array.from({ length: 12 }, (_, index) => ({
        body: `${index} ${"x".repeat(200_000)}`,
        groupId: "a",
        deduplicationId: String(index),
      }));
      const deps = { client: emulator.client, queueUrl: queue.url };
      const outcomes = await sendBatch(deps, entries);
      const order = (await queue.drain()).map((body) => Number(body.split(" ")[0]));
      return { accepted: outcomes.every((one) => one.outcome === "accepted"), order };
    },
    aws: { accepted: true, order: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] },
  },
  {
    name: "in a batch of deletions only those with a valid receipt handle succeed",
    async ask(emulator) {
      const queue = await openProbe(emulator, { attributes: { VisibilityTimeout: "3" } });
      await queue.sendGroup("a", "a1");
      const [message] = await queue.receive();
      const handles = [message?.ReceiptHandle, "not a handle"];
      const Entries = handles.map((handle, index) => ({
        Id: String(index),
        ReceiptHandle: handle,
      }));
      const command = new DeleteMessageBatchCommand({ QueueUrl: queue.url, Entries });
      const { Failed } = await emulator.client.send(command);
      await sleep(3200);
      return { failed: toFailedIds(Failed), left: await queue.drain() };
    },
    aws: { failed: [{ Id: "1", SenderFault: true }], left: [] },
    deviations: {
      fauxqs: {
        seen: { failed: [], left: [] },
        reason: "any handle is accepted; we use none but those that we were given",
      },
    },
  },
  {
    name: "visibility timeouts of a batch are set per entry",
    async ask(emulator) {
      const queue = await openProbe(emulator, { attributes: { VisibilityTimeout: "3" } });
      await queue.sendGroup("a", "a1");
      const [message] = await queue.receive();
      const Entries = [
        { Id: "0", ReceiptHandle: message?.ReceiptHandle, VisibilityTimeout: 60 },
        { Id: "1", ReceiptHandle: "not a handle", VisibilityTimeout: 60 },
      ];
      const command = new ChangeMessageVisibilityBatchCommand({ QueueUrl: queue.url, Entries });
      const { Failed } = await emulator.client.send(command);
      await sleep(3200);
      return { failed: toFailedIds(Failed).map(({ Id }) => Id), come: await queue.drain() };
    },
    aws: { failed: ["1"], come: [] },
  },
  {
    name: "a queue that does not exist is distinguished from an invalid message",
    async ask(emulator) {
      const { url } = await openProbe(emulator);
      const QueueUrl = url.replace(/q-[^/]*$/, "absent.fifo");
      const command = new SendMessageBatchCommand({ QueueUrl, Entries: toEntries(1) });
      return settle(emulator.client.send(command));
    },
    aws: "QueueNotFound",
  },
  {
    name: "a FIFO queue reports that it is one",
    async ask(emulator) {
      const ask = async (fifo: boolean): Promise<string> => {
        const { url: queueUrl } = await openProbe(emulator, { fifo });
        return settle(checkFifoQueue({ client: emulator.client, queueUrl }));
      };
      return [await ask(true), await ask(false)];
    },
    aws: ["accepted", "QueueNotFifo"],
  },
];
