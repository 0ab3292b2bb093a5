import { expect, it } from "vitest";
import type { Lease } from "../../../adapters/kubernetes/lease/lease.ts";
import { KubemendError } from "../../../core/errors.ts";
import { watchRelay } from "../../../functions/sweep/watch-relay.ts";

const { signal } = new AbortController();

/** A Lease that is read twice, and what happens between the two reads. */
function leaseThatIs(before: Lease | undefined, after: Lease | undefined) {
  let current = before;
  const paused: number[] = [];
  const pause = async (ms: number): Promise<void> => {
    paused.push(ms);
    current = after;
  };
  const store = { name: "kubemend/kubemend-relay", read: async () => current };
  return { store, pause, paused };
}

function lease(resourceVersion: string, holder = "relay-0"): Lease {
  const spec = { leaseTransitions: 0, renewTime: "", acquireTime: "" };
  const object = { metadata: {}, spec };
  return { resourceVersion, holder, durationMs: 15_000, annotations: {}, object };
}

it("counts a relay as alive if its Lease was written between the two reads, whatever the clocks say", async () => {
  const { store, pause, paused } = leaseThatIs(lease("1"), lease("2"));
  expect(await watchRelay(store, pause, signal)).toEqual({ outcome: "alive" });
  expect(paused).toEqual([10_000]);
});

it("counts a relay as alive that has just created its Lease", async () => {
  const { store, pause } = leaseThatIs(undefined, lease("1"));
  expect(await watchRelay(store, pause, signal)).toEqual({ outcome: "alive" });
});

it.each([
  ["relay-0", "was not renewed for 10 s; relay-0 holds it"],
  ["", "was not renewed for 10 s; nobody holds it"],
])("reports a Lease that is not renewed, held by %j", async (holder, reason) => {
  const { store, pause } = leaseThatIs(lease("7", holder), lease("7", holder));
  expect(await watchRelay(store, pause, signal)).toEqual({
    outcome: "silent",
    reason: `the Lease kubemend/kubemend-relay ${reason}`,
  });
});

it("reports a Lease that does not exist", async () => {
  const { store, pause } = leaseThatIs(lease("7"), undefined);
  expect(await watchRelay(store, pause, signal)).toEqual({
    outcome: "silent",
    reason: "the Lease kubemend/kubemend-relay does not exist",
  });
});

it("says nothing about the relay if the API server does not answer", async () => {
  const read = async (): Promise<never> => {
    throw new KubemendError("Forbidden", "no", { retryable: true });
  };
  expect(await watchRelay({ name: "n/l", read }, async () => undefined, signal)).toEqual({
    outcome: "unknown",
    reason: expect.stringContaining("the Lease n/l cannot be read"),
  });
});
