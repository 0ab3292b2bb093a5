import { setTimeout as sleep } from "node:timers/promises";
import type { Clause } from "./clause.ts";
import { openProbe } from "./probe.ts";

/** Deduplication, and what a message keeps. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-messagededuplicationid-property.html */
export const IDENTITY_CLAUSES: readonly Clause[] = [
  {
    name: "a second message with the same deduplication id is accepted, but not delivered",
    async ask(emulator) {
      const queue = await openProbe(emulator);
      const ids = { MessageGroupId: "a", MessageDeduplicationId: "1" };
      const first = await queue.send("first", ids);
      const second = await queue.send("second", ids);
      return { same: first.messageId === second.messageId, delivered: await queue.drain() };
    },
    aws: { same: true, delivered: ["first"] },
  },
  {
    name: "nor is it delivered if the first was received and deleted in the meantime",
    async ask(emulator) {
      const queue = await openProbe(emulator);
      const ids = { MessageGroupId: "a", MessageDeduplicationId: "1" };
      await queue.send("first", ids);
      const delivered = await queue.drain();
      await queue.send("second", ids);
      return [delivered, await queue.drain()];
    },
    aws: [["first"], []],
  },
  {
    name: "with DeduplicationScope messageGroup a deduplication id applies within its group",
    async ask(emulator) {
      const attributes = {
        DeduplicationScope: "messageGroup",
        FifoThroughputLimit: "perMessageGroupId",
      };
      const queue = await openProbe(emulator, { attributes });
      for (const MessageGroupId of ["a", "b"]) {
        await queue.send(MessageGroupId, { MessageGroupId, MessageDeduplicationId: "1" });
      }
      return (await queue.drain()).toSorted();
    },
    aws: ["a", "b"],
    deviations: {
      fauxqs: {
        seen: ["a"],
        reason: "the scope is ignored; our ids differ between groups anyway",
      },
      ElasticMQ: {
        seen: ["a"],
        reason: "the scope is ignored; our ids differ between groups anyway",
      },
    },
  },
  {
    name: "a message keeps its body, attributes and group, and has a timestamp and a sequence number",
    async ask(emulator) {
      const queue = await openProbe(emulator);
      const body = 'tab\t, line\n, é, \u2028, 日本, \uFFFD, \u{1F680}, "quotes" & <tags>';
      const MessageAttributes = {
        "kubemend.reason": { DataType: "String", StringValue: "ünïcode\nof two lines" },
      };
      const ids = { MessageGroupId: "a", MessageDeduplicationId: "1" };
      const first = await queue.send(body, { ...ids, MessageAttributes });
      const second = await queue.send("b", { MessageGroupId: "b", MessageDeduplicationId: "2" });
      const [message] = (await queue.receive()).filter((one) => one.MessageId === first.messageId);
      const { MessageGroupId, MessageDeduplicationId, ApproximateReceiveCount, SentTimestamp } =
        message?.Attributes ?? {};
      return {
        body: message?.Body === body,
        attribute: message?.MessageAttributes?.["kubemend.reason"]?.StringValue,
        system: { MessageGroupId, MessageDeduplicationId, ApproximateReceiveCount },
        recent: Math.abs(Number(SentTimestamp) - Date.now()) < 60_000,
        ordered: BigInt(first.sequence) < BigInt(second.sequence),
      };
    },
    aws: {
      body: true,
      attribute: "ünïcode\nof two lines",
      system: { MessageGroupId: "a", MessageDeduplicationId: "1", ApproximateReceiveCount: "1" },
      recent: true,
      ordered: true,
    },
  },
  {
    name: "a message of a standard queue can be delayed, as wake-ups are",
    async ask(emulator) {
      const queue = await openProbe(emulator, { fifo: false });
      await queue.send("later", { DelaySeconds: 3 });
      await queue.send("now");
      const early = await queue.receive();
      await sleep(3200);
      const late = await queue.receive({ waitSeconds: 1 });
      return [early, late].map((messages) => messages.map((message) => message.Body));
    },
    aws: [["now"], ["later"]],
  },
];
