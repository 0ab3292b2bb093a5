import { describe, expect, it } from "vitest";
import { KubemendError } from "../../../core/errors.ts";
import { toChangeMessage } from "../../../core/changes/to-change-message.ts";
import {
  sendBatch,
  type SqsEntry,
  type SqsEntryOutcome,
  BATCH_MAX_BYTES,
} from "../../../adapters/sqs/send-batch.ts";
import type { ChangeBuffer } from "../../../relay/delivery/buffer.ts";
import { Publisher } from "../../../relay/delivery/publisher.ts";
import type { Send } from "../../../relay/delivery/fence-sends.ts";
import { systemClock, type Clock } from "../../../relay/runtime/clock.ts";
import { createNotifier } from "../../../relay/runtime/notifier.ts";
import { configMap, ORIGIN } from "../../support/relay/change.ts";
import { startQueueServer } from "../../support/queues/queue-server.ts";
import { createDeliveryScene, openTestJournal } from "../../support/relay/relay-delivery.ts";
import { change, createTestBuffer, summarizeChange } from "../../support/relay/relay.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";
import { createVirtualClock } from "../../support/host/virtual-clock.ts";

const away = new KubemendError("QueueUnreachable", "away", { retryable: true });
/** The publisher lets a change wait this long for others. */
const LINGER_MS = 8;
const accepted: SqsEntryOutcome = { outcome: "accepted", messageId: "m" };

/** A publisher at work on `send`, and what it reported. */
function startPublisher(
  send: Send,
  options: {
    readonly buffer?: ChangeBuffer;
    readonly clock?: Clock;
    readonly backoff?: { readonly minMs: number; readonly maxMs: number };
  } = {},
) {
  const { buffer = createTestBuffer(), clock = systemClock } = options;
  const { backoff = { minMs: 1, maxMs: 5 } } = options;
  const folder = temporaryFolder();
  const journal = openTestJournal(folder.path);
  const reports: string[] = [];
  const { delivery } = createDeliveryScene(journal, {
    buffer,
    report: {
      accepted: (entries) => void reports.push(...entries.map(summarizeChange)),
      refused: (entries) => void reports.push(`refused ${entries.length}`),
      unsendable: (entry, _error, outcome) => void reports.push(`${outcome} ${entry.name}`),
    },
  });
  const stop = new AbortController();
  const publisher = new Publisher({ delivery, send, clock, backoff });
  const run = publisher.run(stop.signal);
  return {
    reports,
    delivery,
    offer: (one: ReturnType<typeof change>) => delivery.offer(one, stop.signal),
    async untilEmpty() {
      await expect.poll(() => buffer.size().objects, { interval: 2 }).toBe(0);
    },
    async stop() {
      stop.abort();
      await run;
      journal.close();
      folder[Symbol.dispose]();
    },
  };
}

describe("on a real queue", () => {
  it("delivers every group in order, in far fewer requests than changes", async () => {
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

  it("sends the rest of a batch if the queue will never accept one, and that one without its object", async () => {
    await using queues = await startQueueServer();
    const deps = { client: queues.client, queueUrl: queues.fifoUrl };
    const { message, groupId, deduplicationId } = toChangeMessage(ORIGIN, {
      change: "added",
      object: configMap("bad", "5", { data: { k: "x".repeat(BATCH_MAX_BYTES) } }),
      resourceVersion: "5",
      epoch: 1,
      time: "2026-01-01T00:00:00.000Z",
    });
    // Rendering packs or truncates such an object; here one is queued as it is.
    const buffer = createTestBuffer();
    const offered = buffer.offer(change("bad", "added", "5"));
    if (offered.outcome !== "queued") throw new Error(offered.outcome);
    buffer.replaceText(offered.ticket, { body: JSON.stringify(message), groupId, deduplicationId });
    const send: Send = (entries, signal) => sendBatch(deps, entries, signal);
    const world = startPublisher(send, { buffer });
    await world.offer(change("good", "added", "6"));
    await world.untilEmpty();
    await world.stop();
    expect(world.reports.toSorted()).toEqual(["added bad@5", "added good@6", "truncated bad"]);
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
  it("retries until it succeeds, and ends with the last state", async () => {
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
    expect(world.reports).toContain("refused 1");
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

  it("makes offers wait while the buffer is full, and delivers all of them afterwards", async () => {
    let open = false;
    const clock = createVirtualClock();
    const sent: string[] = [];
    const send = async (entries: readonly SqsEntry[]): Promise<SqsEntryOutcome[]> => {
      if (!open) return entries.map(() => ({ outcome: "refused", error: away }));
      sent.push(...entries.map(({ body }) => body));
      return entries.map(() => accepted);
    };
    const world = startPublisher(send, { buffer: createTestBuffer({ maxObjects: 20 }), clock });
    let offered = 0;
    const reading = (async () => {
      for (; offered < 60; offered += 1) await world.offer(change(`n${offered}`, "added", "1"));
    })();
    // Each pause passes several times: there is still no room.
    await clock.pass(1_000);
    expect(offered).toBe(20);
    open = true;
    await clock.pass(1_000);
    await reading;
    await world.stop();
    expect(new Set(sent).size).toBe(60);
  });

  it("gives up a change that the queue refuses even without its object, and continues", async () => {
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
    expect(world.reports).toContain("given up bad");
    expect(world.reports).toContain("added good@2");
  });
});

describe("when it is stopped", () => {
  it("finishes what is in flight, and starts nothing more", async () => {
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
    expect(world.reports).toEqual(["added a@1"]);
    expect(sent).toEqual(["added a@1"]);
  });

  it("delivers every state in order after an outage, and accepts no more meanwhile than there is room for", async () => {
    const sent: string[] = [];
    let isAway = true;
    const world = startPublisher(
      async (entries) => {
        if (isAway) return entries.map(() => ({ outcome: "refused", error: away }));
        sent.push(...entries.map(({ body }) => body));
        return entries.map(() => accepted);
      },
      { buffer: createTestBuffer({ maxObjects: 3 }, true) },
    );
    const versions = Array.from({ length: 20 }, (_, index) => String(index + 1));
    const offered: string[] = [];
    const reading = (async () => {
      for (const version of versions) {
        await world.offer(change("a", "modified", version));
        offered.push(version);
      }
    })();
    await expect.poll(() => world.reports.length).toBeGreaterThan(3);
    expect(offered).toEqual(["1", "2", "3"]);
    isAway = false;
    await reading;
    await world.untilEmpty();
    await world.stop();
    expect(sent).toEqual(versions.map((version) => `modified a@${version}`));
  });

  it("ends with the journal's error if what was accepted cannot be recorded", async () => {
    const full = new KubemendError("StateFolder", "the disk is full", { retryable: false });
    const publisher = new Publisher({
      delivery: {
        ready: createNotifier(),
        readyCount: () => 1,
        takeBatches: () => [[]],
        settle() {
          throw full;
        },
        retry: () => undefined,
      },
      send: async () => [],
      clock: systemClock,
      backoff: { minMs: 1, maxMs: 5 },
    });
    await expect(publisher.run(new AbortController().signal)).rejects.toBe(full);
  });
});

describe("during an outage of the queue", () => {
  /** Every request is refused; the times at which requests were made, relative to the first. */
  async function observe(count: number, durationMs: number) {
    const clock = createVirtualClock();
    const startMs = clock.nowMs();
    const atMs: number[] = [];
    let open = 0;
    let mostOpen = 0;
    const world = startPublisher(
      async (entries) => {
        atMs.push(clock.nowMs() - startMs);
        open += 1;
        mostOpen = Math.max(mostOpen, open);
        await clock.sleep(100, new AbortController().signal);
        open -= 1;
        return entries.map(() => ({ outcome: "refused", error: away }));
      },
      { clock, backoff: { minMs: 800, maxMs: 30_000 } },
    );
    for (let index = 0; index < count; index += 1) {
      await world.offer(change(`n${index}`, "added", String(index)));
    }
    await clock.pass(durationMs);
    const stopping = world.stop();
    await clock.pass(1_000);
    await stopping;
    return { atMs, mostOpen };
  }

  it("keeps four requests open at most, each of which waits before the next", async () => {
    const { mostOpen, atMs } = await observe(100, 899);
    expect(mostOpen).toBe(4);
    expect(atMs).toHaveLength(4);
  });

  it("waits twice as long from one failure to the next, up to the limit", async () => {
    const { atMs } = await observe(1, 200_000);
    const pauses = atMs.slice(1).map((at, index) => at - (atMs[index] ?? 0) - 100 - LINGER_MS);
    expect(pauses.slice(0, 8)).toEqual([800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000]);
  });
});
