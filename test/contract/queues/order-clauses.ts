import { setTimeout as sleep } from "node:timers/promises";
import type { Clause } from "./clause.ts";
import { openProbe, toBodies, toRedrive } from "./probe.ts";

const ONE_A_GROUP =
  "a receive returns at most one message of a group; batches with several are tested with ElasticMQ and with hand-made events";

/** Order and locks of FIFO groups. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html */
export const ORDER_CLAUSES: readonly Clause[] = [
  {
    name: "messages of a group are received in the order in which they were sent",
    async ask(emulator) {
      const queue = await openProbe(emulator);
      await queue.sendGroup("a", "a1", "a2", "a3");
      await queue.sendGroup("b", "b1", "b2");
      await queue.sendGroup("a", "a4", "a5");
      const bodies = await queue.drain();
      return ["a", "b"].map((group) => bodies.filter((body) => body.startsWith(group)));
    },
    aws: [
      ["a1", "a2", "a3", "a4", "a5"],
      ["b1", "b2"],
    ],
  },
  {
    name: "one receive returns several messages of a group",
    async ask(emulator) {
      const queue = await openProbe(emulator);
      await queue.sendGroup("a", "a1", "a2", "a3", "a4", "a5");
      return toBodies(await queue.receive());
    },
    aws: ["a1", "a2", "a3", "a4", "a5"],
    deviations: { fauxqs: { seen: ["a1"], reason: ONE_A_GROUP } },
  },
  {
    name: "a group is locked while one of its messages is in flight, and no other group is",
    async ask(emulator) {
      const queue = await openProbe(emulator);
      await queue.sendGroup("a", "a1", "a2");
      const first = await queue.receive({ count: 1 });
      await queue.sendGroup("b", "b1");
      const second = await queue.receive();
      return [first, second, await queue.receive()].map((messages) => toBodies(messages));
    },
    aws: [["a1"], ["b1"], []],
  },
  {
    name: "a waiting receive gets the next message of a group when the one in flight is deleted",
    async ask(emulator) {
      const queue = await openProbe(emulator);
      await queue.sendGroup("a", "a1", "a2");
      const [first] = await queue.receive({ count: 1 });
      const waiting = queue.receive({ waitSeconds: 10 });
      await sleep(300);
      const deletedAt = performance.now();
      await queue.delete(first);
      const bodies = toBodies(await waiting);
      return { bodies, waitedMs: performance.now() - deletedAt < 5000 ? "< 5000" : "longer" };
    },
    aws: { bodies: ["a2"], waitedMs: "< 5000" },
  },
  {
    name: "a message that is not deleted is received again after its visibility timeout, before the later ones of its group",
    async ask(emulator) {
      const queue = await openProbe(emulator, { attributes: { VisibilityTimeout: "3" } });
      await queue.sendGroup("a", "a1", "a2", "a3");
      const [first] = await queue.receive({ count: 1 });
      await queue.delete(first);
      await queue.receive({ count: 1 });
      const hidden = toBodies(await queue.receive());
      await sleep(3200);
      return { hidden, afterwards: await queue.drain() };
    },
    aws: { hidden: [], afterwards: ["a2", "a3"] },
  },
  {
    name: "a message whose visibility timeout is set to 0 is received again at once, with its receive count",
    async ask(emulator) {
      const queue = await openProbe(emulator);
      await queue.sendGroup("a", "a1", "a2");
      const [first] = await queue.receive({ count: 1 });
      await queue.hide(first, 0);
      const [again] = await queue.receive({ count: 1 });
      return [again?.Body, again?.Attributes?.["ApproximateReceiveCount"]];
    },
    aws: ["a1", "2"],
  },
  {
    name: "a message's own visibility timeout replaces the queue's, shorter or longer, and blocks only its group",
    async ask(emulator) {
      const queue = await openProbe(emulator, { attributes: { VisibilityTimeout: "5" } });
      await queue.sendGroup("longer", "longer");
      await queue.sendGroup("shorter", "shorter");
      const messages = [...(await queue.receive()), ...(await queue.receive())];
      for (const message of messages) await queue.hide(message, message.Body === "longer" ? 60 : 1);
      await sleep(1300);
      const early = toBodies(await queue.receive());
      await sleep(4500);
      await queue.sendGroup("other", "other");
      const late = toBodies([...(await queue.receive()), ...(await queue.receive())]);
      return { early, late: late.filter((body) => body !== "shorter") };
    },
    aws: { early: ["shorter"], late: ["other"] },
  },
  {
    name: "a message is moved unchanged to the dead-letter queue after maxReceiveCount, and its group continues",
    async ask(emulator) {
      const dead = await openProbe(emulator);
      const queue = await openProbe(emulator, { attributes: toRedrive(dead.url, 2) });
      const MessageAttributes = { why: { DataType: "String", StringValue: "because" } };
      const ids = { MessageGroupId: "a", MessageDeduplicationId: "1" };
      await queue.send("poison", { ...ids, MessageAttributes });
      await queue.sendGroup("a", "next");
      const received: (string | undefined)[] = [];
      for (let times = 0; times < 2; times += 1) {
        const [message] = await queue.receive({ count: 1 });
        received.push(message?.Body);
        await queue.hide(message, 0);
      }
      const afterwards = await queue.drain();
      const [letter] = await dead.receive({ waitSeconds: 5 });
      const group = letter?.Attributes?.["MessageGroupId"];
      const why = letter?.MessageAttributes?.["why"]?.StringValue;
      return { received, afterwards, dead: [letter?.Body, group, why] };
    },
    aws: {
      received: ["poison", "poison"],
      afterwards: ["next"],
      dead: ["poison", "a", "because"],
    },
  },
];
