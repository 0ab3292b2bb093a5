import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Journal } from "../../../adapters/journal/journal.ts";
import type { SqsEntryOutcome } from "../../../adapters/sqs/send-batch.ts";
import { KubemendError } from "../../../core/errors.ts";
import {
  began,
  createDeliveryScene,
  ended,
  listed,
  openTestJournal,
} from "../../support/relay/relay-delivery.ts";
import { createFakeLeadership } from "../../support/relay/relay-leadership.ts";
import { change, summarizeChange } from "../../support/relay/relay.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

const ACCEPTED: SqsEntryOutcome = { outcome: "accepted", messageId: "m" };
let folder: ReturnType<typeof temporaryFolder>;
let journal: Journal;

beforeEach(() => {
  folder = temporaryFolder();
  journal = openTestJournal(folder.path);
});

afterEach(() => {
  journal.close();
  folder[Symbol.dispose]();
});

/** A delivery with so many changes of different objects. */
async function createFilled(count: number) {
  const reports: string[] = [];
  const scene = createDeliveryScene(journal, {
    report: {
      accepted: (entries) => void reports.push(...entries.map(summarizeChange)),
      refused: (entries, { code }) => void reports.push(`${code} ${entries.length}`),
    },
  });
  for (let index = 0; index < count; index += 1) {
    await scene.offer(change(`n${index}`, "added", String(index + 1)));
  }
  return { ...scene, reports };
}

describe("batches that are taken together", () => {
  it.each([
    [3, 4, [3]],
    [10, 4, [10]],
    [20, 4, [10, 10]],
    [25, 4, [10, 10]],
    [50, 3, [10, 10, 10]],
    [0, 4, []],
  ])(
    "of %i changes, at most %i at a time: after the first only full ones",
    async (count, max, sizes) => {
      const { delivery } = await createFilled(count);
      expect(delivery.takeBatches(max).map((batch) => batch.length)).toEqual(sizes);
    },
  );
});

describe("the answers to a batch", () => {
  const refuse = (code: "QueueThrottled" | "QueueUnreachable"): SqsEntryOutcome => ({
    outcome: "refused",
    error: new KubemendError(code, code, { retryable: true }),
  });

  it("are reported by their errors, and what was refused is sent again first", async () => {
    const { delivery, reports, waiting } = await createFilled(4);
    const [batch = []] = delivery.takeBatches(1);
    const answers = [ACCEPTED, refuse("QueueThrottled"), refuse("QueueUnreachable")];
    const settled = delivery.settle(batch, [...answers, refuse("QueueThrottled")]);
    expect(settled.accepted).toBe(1);
    expect(reports).toEqual(["added n0@1", "QueueThrottled 2", "QueueUnreachable 1"]);
    expect(delivery.readyCount()).toBe(0);
    delivery.retry(settled.refused);
    expect(delivery.readyCount()).toBe(3);
    expect(waiting()).toEqual(["added n1@2", "added n2@3", "added n3@4"]);
  });

  it("are one for each change: fewer are a fault that must not be taken for acceptance", async () => {
    const { delivery, waiting } = await createFilled(2);
    const [batch = []] = delivery.takeBatches(1);
    expect(() => delivery.settle(batch, [ACCEPTED])).toThrow(RangeError);
    expect(waiting()).toContain("added n1@2");
  });

  it("free room for an offer that waits", async () => {
    const { delivery, offer } = await createFilled(1);
    expect(delivery.size().objects).toBe(1);
    const [batch = []] = delivery.takeBatches(1);
    delivery.settle(batch, [ACCEPTED]);
    await offer(change("later", "added", "9"));
    expect(delivery.size().objects).toBe(1);
  });
});

it("a change of a watch that this relay does not have is a fault", () => {
  const { delivery } = createDeliveryScene(journal);
  expect(() => delivery.ledger("another")).toThrow("no ledger for the watch another");
});

it("an object of a first snapshot is known as delivered, although nothing was sent", async () => {
  const { read, rows, accept } = createDeliveryScene(journal);
  await read(began(), listed("a", "5"), ended("10"));
  expect(rows("a")).toEqual(["delivered@5"]);
  expect(accept()).toEqual([]);
});

describe("a relay that takes over", () => {
  it("has made durable what it must know of the previous leader before it publishes", () => {
    const lease = createFakeLeadership();
    lease.setCheckpoint("10");
    let staged = 0;
    let uncommitted = 0;
    const watched: Journal = {
      ...journal,
      stageNote(name, text) {
        staged += 1;
        uncommitted += 1;
        journal.stageNote(name, text);
      },
      commit() {
        uncommitted = 0;
        journal.commit();
      },
    };
    const { delivery } = createDeliveryScene(watched, { leadership: lease.leadership });
    lease.lead();
    delivery.beginTerm();
    expect(staged).toBeGreaterThan(0);
    expect(uncommitted).toBe(0);
  });

  it("restarts if it has read without a checkpoint of its own", async () => {
    const lease = createFakeLeadership();
    const scene = createDeliveryScene(journal, { leadership: lease.leadership });
    scene.ledger.start();
    await scene.read(began(), listed("a", "5"));
    lease.lead();
    expect(await scene.delivery.standBy(new AbortController().signal)).toBe("restart");
  });

  it("keeps no deletions pending of a watch whose resourceVersions have no order", () => {
    for (const unordered of [false, true]) {
      const lease = createFakeLeadership();
      lease.setCheckpoint("10");
      const options = { watch: { unordered }, leadership: lease.leadership };
      const { delivery, predecessor } = createDeliveryScene(journal, options);
      lease.lead();
      delivery.beginTerm();
      expect(predecessor.pending() === undefined).toBe(unordered);
      predecessor.accepted("10");
    }
  });
});
