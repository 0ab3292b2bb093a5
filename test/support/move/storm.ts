import fc from "fast-check";
import { KubemendError } from "../../../core/errors.ts";
import { Killed } from "./killed-client.ts";
import type { MemoryPath, MemoryWorld, Sent, Side } from "./memory-world.ts";

const PATHS = ["tops/a", "middles/b", "leafs/c"] as const;

/** An act of somebody else, or a fault of the connection, just before a request of the move. */
export type StormEvent =
  | {
      readonly what: "change";
      readonly side: Side;
      readonly path: MemoryPath;
      readonly size: number;
    }
  | { readonly what: "delete"; readonly side: Side; readonly path: MemoryPath }
  | { readonly what: "finalizer"; readonly path: MemoryPath }
  | { readonly what: "unpause" | "own" | "abort" | "conflict" | "kill" }
  | { readonly what: "outage"; readonly side: Side; readonly requests: number };

export type Storm = readonly { readonly at: number; readonly event: StormEvent }[];

const side = fc.constantFrom<Side>("source", "target");
const path = fc.constantFrom<MemoryPath>(...PATHS);
const event: fc.Arbitrary<StormEvent> = fc.oneof(
  fc.record({ what: fc.constant("change"), side, path, size: fc.integer({ min: 10, max: 99 }) }),
  fc.record({ what: fc.constant("delete"), side, path }),
  fc.record({ what: fc.constant("finalizer"), path }),
  fc.record({ what: fc.constantFrom("unpause", "own", "abort", "conflict", "kill") }),
  fc.record({ what: fc.constant("outage"), side, requests: fc.integer({ min: 1, max: 20 }) }),
);

/** The requests of a move of three objects before its first owner is deleted, and those of the whole move. */
const BEFORE_OWNERS = 63;
const ALL = 110;

/**
 * Events that no move can answer when its owners go: an object that comes about between the last look for such and the deletion of its
 * owner, and an owner that somebody deletes in both clusters, so that both collect what it owns.
 */
function isEarly({ what }: StormEvent): boolean {
  return what === "own" || what === "delete";
}

/** A few events, each before a request of the move. */
export const storms: fc.Arbitrary<Storm> = fc.array(
  event.chain((one) =>
    fc.record({
      at: fc.integer({ min: 1, max: isEarly(one) ? BEFORE_OWNERS : ALL }),
      event: fc.constant(one),
    }),
  ),
  { minLength: 1, maxLength: 5 },
);

/** Applies the events of a storm to the requests of a move. A kill ends the look; the next one is another process. */
export function applyStorm(world: MemoryWorld, storm: Storm): void {
  let count = 0;
  let lost: KubemendError | undefined;
  const outages = new Map<Side, number>();
  world.around = async (send, sent) => {
    count += 1;
    for (const { at, event: one } of storm) {
      if (at === count) await happen(one, sent);
    }
    const left = outages.get(sent.side) ?? 0;
    outages.set(sent.side, left - 1);
    if (left > 0) throw new KubemendError("Unreachable", "no connection", { retryable: true });
    const refusal = lost;
    lost = undefined;
    if (refusal !== undefined) throw refusal;
    const answer = await send();
    await world.collectGarbage();
    return answer;
  };

  async function happen(one: StormEvent, sent: Sent): Promise<void> {
    lost = undefined;
    if (one.what === "kill") throw new Killed(`at request ${count}`);
    if (one.what === "outage") outages.set(one.side, one.requests);
    else if (one.what === "conflict") lost = toConflict(sent);
    else await change(world, one);
    await world.collectGarbage();
  }
}

function toConflict({ method }: Sent): KubemendError | undefined {
  if (method === "GET") return undefined;
  return new KubemendError("Conflict", "somebody was faster", { retryable: true, status: 409 });
}

async function change(world: MemoryWorld, one: StormEvent): Promise<void> {
  switch (one.what) {
    case "change":
      return world.patch(one.side, one.path, { spec: { size: one.size } });
    case "delete":
      return world.delete(one.side, one.path);
    case "unpause":
      return world.patch("source", "tops/a", { spec: { paused: null } });
    case "finalizer": {
      const { metadata } = world.get("source", one.path) ?? {};
      if (metadata === undefined || metadata.deletionTimestamp !== undefined) return;
      return world.patch("source", one.path, { metadata: { finalizers: ["x.io/hold"] } });
    }
    case "own": {
      const middle = world.get("source", "middles/b");
      if (middle !== undefined && world.get("source", "leafs/new") === undefined) {
        world.add("source", "leafs/new", { metadata: { ownerReferences: [middle] } });
      }
      return;
    }
    case "abort":
      return world.abort();
    case "conflict":
    case "kill":
    case "outage":
      return;
  }
}
