import { describe, expect, it } from "vitest";
import { ChangeBuffer } from "../../../relay/delivery/buffer.ts";
import type { Change } from "../../../relay/detect/change.ts";
import { change } from "../../support/relay/relay.ts";

const ONE = { entries: 1, bytes: 1_000_000 };
const MAX = { maxObjects: 10_000, maxBytes: 3_200_000 };

/** The state of an object whose fields are compared with the one before it, as all relays with a Lease send it. */
function toState(name: string, version: number): Change {
  const comparison = { digests: { data: `${version}` }, before: { data: `${version - 1}` } };
  return { ...change(name, "modified", String(version)), delivered: true, comparison };
}

/** Puts a state into a buffer whose messages have this size; the queue may have it, as if there were other relays. */
function offer(buffer: ChangeBuffer, state: Change): void {
  const offered = buffer.offer(state);
  if (offered.outcome === "queued") offered.ticket.attempted = true;
}

function createBuffer(bytes: number, max = MAX): ChangeBuffer {
  return new ChangeBuffer(max, {
    toGroupKey: ({ name }) => name,
    deliversEvery: () => false,
    render: ({ comparison, resourceVersion }) => ({
      body: `${resourceVersion} ${comparison?.before?.["data"] ?? "unknown"} `.padEnd(bytes, "x"),
      groupId: "",
      deduplicationId: "",
    }),
  });
}

/** All messages, one after the other: `3 2` is state 3 compared with state 2. */
function drain(buffer: ChangeBuffer): readonly string[] {
  const sent: string[] = [];
  for (;;) {
    const [ticket] = buffer.take(ONE);
    if (ticket === undefined) return sent;
    sent.push(ticket.entry.rendered.body.split(" ").slice(0, 2).join(" "));
    buffer.remove(ticket);
  }
}

describe("states that are compared with the one before", () => {
  it("all arrive, if an object does not change all the time", () => {
    const buffer = createBuffer(100);
    for (let version = 1; version <= 100; version += 1) offer(buffer, toState("a", version));
    expect(drain(buffer)).toEqual(
      Array.from({ length: 100 }, (_, index) => `${index + 1} ${index}`),
    );
  });

  it("beyond 100 that wait become one, of which it is unknown whether its fields have changed", () => {
    const buffer = createBuffer(100);
    for (let version = 1; version <= 5000; version += 1) offer(buffer, toState("a", version));
    expect(buffer.size().objects).toBe(100);
    const sent = drain(buffer);
    expect(sent.slice(-2)).toEqual(["99 98", "5000 unknown"]);
    offer(buffer, toState("a", 5001));
    expect(drain(buffer)).toEqual(["5001 5000"]);
  });

  it("of one object take a small part of the buffer, however large they are", () => {
    const buffer = createBuffer(50_000);
    for (let version = 1; version <= 500; version += 1) offer(buffer, toState("a", version));
    expect(buffer.size().bytes).toBeLessThanOrEqual(MAX.maxBytes / 32 + 50_000);
  });

  it("of many objects do not fill it, and those of another one still arrive one by one", () => {
    const buffer = createBuffer(1000, { ...MAX, maxBytes: 400_000 });
    for (let version = 1; version <= 300; version += 1) {
      for (let object = 0; object < 50; object += 1) offer(buffer, toState(`a-${object}`, version));
    }
    expect(buffer.isFull()).toBe(false);
    offer(buffer, toState("quiet", 1));
    offer(buffer, toState("quiet", 2));
    expect(drain(buffer).filter((one) => one === "1 0" || one === "2 1")).toContain("2 1");
  });

  it("a deletion still replaces them", () => {
    const buffer = createBuffer(100);
    for (let version = 1; version <= 101; version += 1) offer(buffer, toState("a", version));
    offer(buffer, { ...change("a", "deleted", "102"), delivered: true });
    expect(buffer.size().objects).toBe(100);
    expect(drain(buffer).at(-1)).toBe("102 unknown");
  });
});
