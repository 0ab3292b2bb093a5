import { describe, expect, it } from "vitest";
import { KubemendError } from "../../../core/errors.ts";
import { toChangeMessage } from "../../../core/changes/to-change-message.ts";
import {
  sendBatch,
  type SqsEntry,
  type SqsEntryOutcome,
} from "../../../adapters/sqs/send-batch.ts";
import type { ChangeBuffer } from "../../../relay/delivery/buffer.ts";
import { systemClock } from "../../../relay/runtime/clock.ts";
import { createPublisher, type PublisherDeps } from "../../../relay/delivery/publisher.ts";
import { configMap, ORIGIN } from "../../support/change.ts";
import { startQueueServer } from "../../support/queue-server.ts";
import { change, createTestBuffer, summarizeChange } from "../../support/relay.ts";

const away = new KubemendError("QueueUnreachable", "away", { retryable: true });
const accepted: SqsEntryOutcome = { outcome: "accepted", messageId: "m" };

/** A publisher at work on `send`, with what it told in `told`. */
function startPublisher(send: PublisherDeps["send"], buffer: ChangeBuffer = createTestBuffer()) {
  const told: string[] = [];
  const stop = new AbortController();
  const done = Promise.withResolvers<void>();
  const publisher = createPublisher({
    buffer,
    send,
    clock: systemClock,
    backoff: { minMs: 1, maxMs: 5 },
    events: {
      queued: () => undefined,
      sending: () => undefined,
      annulled: ({ entry }) => told.push(`annulled ${summarizeChange(entry)}`),
      accepted: (tickets) => {
        for (const { entry } of tickets) told.push(summarizeChange(entry));
      },
      refused: (entries) => told.push(`refused ${entries.length}`),
      unsendable: (entry, _error, outcome) => told.push(`${outcome} ${entry.name}`),
    },
  });
  const run = publisher.run(stop.signal).then(done.resolve, done.reject);
  return {
    told,
    buffer,
    publisher,
    offer: (one: ReturnType<typeof change>) => publisher.offer(one, stop.signal),
    async untilEmpty() {
      await expect.poll(() => buffer.size().objects, { interval: 2 }).toBe(0);
    },
    async stop() {
      stop.abort();
      await run;
      await done.promise;
    },
  };
}

describe("on a real queue", () => {
  it("brings every group in order, in far fewer requests than changes", async () => {
    await using queues = await startQueueServer();
    let requests = 0;
    const deps = { client: queues.client, queueUrl: queues.fifoUrl };
    const world = startPublisher((entries, signal) => {
      requests += 1;
      return sendBatch(deps, entries, signal);
    });
    for (let index = 0; index < 200; index += 1) {
      await world.offer(change(`n${index}`, "added", String(index)));
    }
    await world.untilEmpty();
    for (let index = 0; index < 20; index += 1) {
      await world.offer(change(`n${index}`, "modified", "300"));
      await world.offer(change(`n${index}`, "deleted", "301"));
      await world.offer(change(`n${index}`, "added", "302", { uid: `again-${index}` }));
    }
    await world.untilEmpty();
    await world.stop();
    const received = await queues.drain(queues.fifoUrl);
    const ofOne = received
      .filter(({ groupId }) => groupId === "default/n3")
      .map(({ body }) => body);
    expect(ofOne).toEqual(["added n3@3", "deleted n3@301", "added n3 (again-3)@302"]);
    expect(received).toHaveLength(240);
    expect(requests).toBeLessThan(60);
  });

  it("sends the rest of a batch when the queue refuses one for ever, and that one without its object", async () => {
    await using queues = await startQueueServer();
    const buffer = createTestBuffer();
    const deps = { client: queues.client, queueUrl: queues.fifoUrl };
    const world = startPublisher((entries, signal) => sendBatch(deps, entries, signal), buffer);
    const { message, groupId, deduplicationId } = toChangeMessage(ORIGIN, {
      change: "added",
      object: configMap("bad", "5", { data: { k: "\uffff" } }),
      resourceVersion: "5",
      epoch: 1,
      time: "2026-01-01T00:00:00.000Z",
    });
    const offered = buffer.offer(change("bad", "added", "5"));
    if (offered.outcome !== "queued") throw new Error(offered.outcome);
    // What the escape of such characters prevents.
    buffer.replaceText(offered.ticket, { body: JSON.stringify(message), groupId, deduplicationId });
    await world.offer(change("good", "added", "6"));
    await world.untilEmpty();
    await world.stop();
    expect(world.told.toSorted()).toEqual(["added bad@5", "added good@6", "truncated bad"]);
    const bodies = (await queues.drain(queues.fifoUrl)).map(({ body }) => body);
    const sent = bodies.find((body) => body.includes("truncated"));
    expect(JSON.parse(sent ?? "{}").data).toMatchObject({
      truncated: true,
      reason: expect.stringContaining("the queue refused the object"),
      object: { metadata: { name: "bad", uid: "uid-bad" } },
    });
  });
});

describe("on a queue that fails", () => {
  it("tries again until it works, and ends with the last state", async () => {
    let calls = 0;
    const sent: string[] = [];
    const world = startPublisher(async (entries) => {
      calls += 1;
      if (calls <= 5) return entries.map(() => ({ outcome: "refused", error: away }));
      sent.push(...entries.map(({ body }) => body));
      return entries.map(() => accepted);
    });
    await world.offer(change("a", "added", "1"));
    await expect.poll(() => calls).toBeGreaterThan(1);
    await world.offer(change("a", "modified", "2"));
    await world.untilEmpty();
    await world.stop();
    // The state of the failed attempts was sent again, or the newer one in its place.
    expect([["added a@1", "modified a@2"], ["added a@2"]]).toContainEqual(sent);
    expect(world.told).toContain("refused 1");
  });

  it("repeats only the entries that were refused", async () => {
    const sent: string[] = [];
    const world = startPublisher(async (entries) => {
      const again = sent.length > 0;
      sent.push(...entries.map(({ body }) => body));
      return entries.map(({ body }) =>
        body === "added b@2" && !again ? { outcome: "refused", error: away } : accepted,
      );
    });
    await world.offer(change("a", "added", "1"));
    await world.offer(change("b", "added", "2"));
    await world.untilEmpty();
    await world.stop();
    expect(sent).toEqual(["added a@1", "added b@2", "added b@2"]);
  });

  it("makes whoever offers wait while the buffer is full, and brings all of it afterwards", async () => {
    let open = false;
    const sent: string[] = [];
    const send = async (entries: readonly SqsEntry[]): Promise<SqsEntryOutcome[]> => {
      if (!open) return entries.map(() => ({ outcome: "refused", error: away }));
      sent.push(...entries.map(({ body }) => body));
      return entries.map(() => accepted);
    };
    const world = startPublisher(send, createTestBuffer({ maxObjects: 20 }));
    let offered = 0;
    const reading = (async () => {
      for (; offered < 60; offered += 1) await world.offer(change(`n${offered}`, "added", "1"));
    })();
    await expect.poll(() => offered).toBe(20);
    await systemClock.sleep(20, new AbortController().signal);
    expect(offered).toBe(20);
    open = true;
    await reading;
    await world.untilEmpty();
    await world.stop();
    expect(new Set(sent).size).toBe(60);
  });

  it("gives up a change that the queue refuses even without its object, and goes on", async () => {
    const refusal = new KubemendError("MessageRefused", "never", { retryable: false });
    const world = startPublisher(async (entries) =>
      entries.map(({ body }) =>
        body.includes("bad") ? { outcome: "refused", error: refusal } : accepted,
      ),
    );
    await world.offer(change("bad", "added", "1"));
    await world.offer(change("good", "added", "2"));
    await world.untilEmpty();
    await world.stop();
    expect(world.told).toContain("given up bad");
    expect(world.told).toContain("added good@2");
  });
});

describe("when it is stopped", () => {
  it("finishes what is in flight, and begins nothing more", async () => {
    const answer = Promise.withResolvers<void>();
    const sent: string[] = [];
    const world = startPublisher(async (entries) => {
      sent.push(...entries.map(({ body }) => body));
      await answer.promise;
      return entries.map(() => accepted);
    });
    await world.offer(change("a", "added", "1"));
    await expect.poll(() => sent.length).toBe(1);
    await world.offer(change("a", "modified", "2"));
    const stopped = world.stop();
    answer.resolve();
    await stopped;
    expect(world.told).toEqual(["added a@1"]);
    expect(sent).toEqual(["added a@1"]);
  });

  it("brings every state in order after an outage, and takes no more meanwhile than has room", async () => {
    const sent: string[] = [];
    let isAway = true;
    const world = startPublisher(
      async (entries) => {
        if (isAway) return entries.map(() => ({ outcome: "refused", error: away }));
        sent.push(...entries.map(({ body }) => body));
        return entries.map(() => accepted);
      },
      createTestBuffer({ maxObjects: 3 }, true),
    );
    const versions = Array.from({ length: 20 }, (_, index) => String(index + 1));
    const offered: string[] = [];
    const reading = (async () => {
      for (const version of versions) {
        await world.offer(change("a", "modified", version));
        offered.push(version);
      }
    })();
    await expect.poll(() => world.told.length).toBeGreaterThan(3);
    expect(offered).toEqual(["1", "2", "3"]);
    isAway = false;
    await reading;
    await world.untilEmpty();
    await world.stop();
    expect(sent).toEqual(versions.map((version) => `modified a@${version}`));
  });

  it("ends with the error of who could not take note of what was accepted", async () => {
    const buffer = createTestBuffer();
    const full = new KubemendError("StateFolder", "the disk is full", { retryable: false });
    const publisher = createPublisher({
      buffer,
      send: async (entries) => entries.map(() => accepted),
      clock: systemClock,
      backoff: { minMs: 1, maxMs: 5 },
      events: {
        queued: () => undefined,
        sending: () => undefined,
        annulled: () => undefined,
        accepted: () => {
          throw full;
        },
        refused: () => undefined,
        unsendable: () => undefined,
      },
    });
    const stop = new AbortController();
    const run = publisher.run(stop.signal);
    await publisher.offer(change("a", "added", "1"), stop.signal);
    await expect(run).rejects.toBe(full);
  });
});
