import { describe, expect, it } from "vitest";
import type { ChangeBuffer, Ticket } from "../../../relay/delivery/buffer.ts";
import { change, createTestBuffer, WATCH } from "../../support/relay/relay.ts";

const TEN = { entries: 10, bytes: 1_000_000 };
const bodies = (tickets: readonly Ticket[]): string[] =>
  tickets.map(({ entry }) => entry.rendered.body);

/** Sends all that is there, one round after the other. */
function sendAll(buffer: ChangeBuffer): string[][] {
  const rounds: string[][] = [];
  for (;;) {
    const tickets = buffer.take(TEN);
    if (tickets.length === 0) return rounds;
    rounds.push(bodies(tickets));
    for (const ticket of tickets) buffer.remove(ticket);
  }
}

describe("if every state is to be delivered", () => {
  it("all changes of an object remain, in order, also if it was added and deleted", () => {
    const buffer = createTestBuffer({}, true);
    buffer.offer(change("a", "added", "1"));
    buffer.offer(change("b", "added", "2"));
    buffer.offer(change("a", "modified", "3"));
    expect(buffer.offer(change("a", "modified", "4")).outcome).toBe("queued");
    expect(buffer.offer(change("a", "deleted", "5")).outcome).toBe("queued");
    expect(buffer.offer(change("b", "deleted", "6")).outcome).toBe("queued");
    expect(sendAll(buffer)).toEqual([
      ["added a@1", "added b@2"],
      ["modified a@3", "deleted b@6"],
      ["modified a@4"],
      ["deleted a@5"],
    ]);
    expect(buffer.size()).toEqual({ objects: 0, bytes: 0 });
  });

  it("each of them takes room, and the last one counts as the known state of the object", () => {
    const buffer = createTestBuffer({ maxObjects: 3 }, true);
    for (const version of ["1", "2", "3"]) buffer.offer(change("a", "modified", version));
    expect(buffer.isFull()).toBe(true);
    expect(buffer.size().objects).toBe(3);
    for (const ticket of buffer.take(TEN)) buffer.remove(ticket);
    expect(buffer.isFull()).toBe(false);
    expect(buffer.find(WATCH, "uid-a")?.resourceVersion).toBe("3");
    expect(buffer.listByName(change("a", "modified", "3"))).toHaveLength(2);
  });

  it("one that the queue did not accept is sent again before the next", () => {
    const buffer = createTestBuffer({}, true);
    buffer.offer(change("a", "added", "1"));
    buffer.offer(change("a", "modified", "2"));
    for (const ticket of buffer.take(TEN)) buffer.giveBack(ticket);
    expect(sendAll(buffer)).toEqual([["added a@1"], ["modified a@2"]]);
  });
});

describe("unsent changes of one object", () => {
  it("become one, of the last state, in the place of the first", () => {
    const buffer = createTestBuffer();
    buffer.offer(change("a", "added", "1"));
    buffer.offer(change("b", "added", "2"));
    expect(buffer.offer(change("a", "modified", "3")).outcome).toBe("merged");
    expect(sendAll(buffer)).toEqual([["added a@3", "added b@2"]]);
  });

  it("leave nothing if it was added and deleted", () => {
    const buffer = createTestBuffer();
    buffer.offer(change("a", "added", "1"));
    expect(buffer.offer(change("a", "deleted", "2")).outcome).toBe("annulled");
    expect(sendAll(buffer)).toEqual([]);
    expect(buffer.size()).toEqual({ objects: 0, bytes: 0 });
    expect(buffer.find(WATCH, "uid-a")).toBeUndefined();
  });

  it("have a gap if one of them had", () => {
    const buffer = createTestBuffer();
    buffer.offer(change("a", "modified", "1", { gap: true }));
    buffer.offer(change("a", "modified", "2"));
    expect(sendAll(buffer)).toEqual([["modified a@2 gap"]]);
  });

  it("are never merged with one in flight, nor over a deletion", () => {
    const buffer = createTestBuffer();
    buffer.offer(change("a", "added", "1"));
    const [flying] = buffer.take(TEN);
    buffer.offer(change("a", "modified", "2"));
    buffer.offer(change("a", "deleted", "3"));
    expect(buffer.take(TEN)).toEqual([]);
    if (flying !== undefined) buffer.remove(flying);
    expect(sendAll(buffer)).toEqual([["deleted a@3"]]);
  });

  it("do not vanish if an attempt to send them may have succeeded", () => {
    const buffer = createTestBuffer();
    buffer.offer(change("a", "added", "1"));
    for (const ticket of buffer.take(TEN)) buffer.giveBack(ticket);
    buffer.offer(change("a", "deleted", "2"));
    expect(sendAll(buffer)).toEqual([["deleted a@2"]]);
  });
});

describe("changes of one name", () => {
  it("are in flight one at a time, in order, across a deletion and a re-creation", () => {
    const buffer = createTestBuffer();
    buffer.offer(change("a", "modified", "1", { uid: "first" }));
    buffer.offer(change("a", "deleted", "2", { uid: "first" }));
    buffer.offer(change("a", "added", "3", { uid: "second" }));
    buffer.offer(change("a", "modified", "4", { uid: "second" }));
    expect(sendAll(buffer)).toEqual([["deleted a (first)@2"], ["added a (second)@4"]]);
  });

  it("share their order across several watches, and are never merged across watches", () => {
    const buffer = createTestBuffer();
    buffer.offer(change("a", "modified", "1"));
    buffer.offer(change("a", "modified", "1", { watch: "other" }));
    buffer.offer(change("a", "modified", "2"));
    expect(sendAll(buffer)).toEqual([["modified a@2"], ["modified a@1"]]);
  });

  it("are listed by watch", () => {
    const buffer = createTestBuffer();
    const name = { watch: WATCH, namespace: "default", name: "a" };
    buffer.offer(change("a", "added", "1", { uid: "first" }));
    expect(buffer.listByName(name).map(({ uid }) => uid)).toEqual(["first"]);
    expect(buffer.listByName({ ...name, watch: "other" })).toEqual([]);
  });
});

describe("a change that was not accepted", () => {
  it("remains the first of its group and is sent again before later changes", () => {
    const buffer = createTestBuffer();
    buffer.offer(change("a", "modified", "1"));
    const tickets = buffer.take(TEN);
    buffer.offer(change("a", "modified", "2"));
    for (const ticket of tickets) buffer.giveBack(ticket);
    expect(sendAll(buffer)).toEqual([["modified a@1"], ["modified a@2"]]);
  });

  it("may get another message, and is still the newest state of its object", () => {
    const buffer = createTestBuffer();
    buffer.offer(change("a", "modified", "1"));
    const [ticket] = buffer.take(TEN);
    if (ticket === undefined) throw new Error("nothing to send");
    buffer.replaceText(ticket, { ...ticket.entry.rendered, body: "short" });
    expect(buffer.find(WATCH, "uid-a")?.bytes).toBe(5);
    expect(buffer.size()).toEqual({ objects: 1, bytes: 5 });
  });
});

describe("a batch", () => {
  it("contains at most ten changes, and no more bytes than fit, but always one", () => {
    const buffer = createTestBuffer();
    for (let index = 0; index < 12; index += 1) buffer.offer(change(`n${index}`, "added", "1"));
    expect(buffer.take(TEN)).toHaveLength(10);
    expect(buffer.take({ entries: 10, bytes: 15 })).toHaveLength(1);
    expect(buffer.take({ entries: 10, bytes: 1 })).toHaveLength(1);
    expect(buffer.readyCount()).toBe(0);
  });
});

it("is full at either limit, and has room again when something is accepted", () => {
  const byObjects = createTestBuffer({ maxObjects: 1 });
  byObjects.offer(change("a", "added", "1"));
  expect(byObjects.isFull()).toBe(true);
  for (const ticket of byObjects.take(TEN)) byObjects.remove(ticket);
  expect(byObjects.isFull()).toBe(false);

  const byBytes = createTestBuffer({ maxBytes: 8 });
  byBytes.offer(change("a", "added", "1"));
  expect(byBytes.isFull()).toBe(true);
});
