import { describe, expect, it } from "vitest";
import { createBackoff } from "../../../relay/runtime/backoff.ts";
import { configMap } from "../../support/relay/change.ts";
import { impatientClock, runReflector } from "../../support/relay/reflector.ts";
import { bookmark, event, status } from "../../support/kubernetes/scripted-client.ts";

const limits = { minMs: 800, maxMs: 30_000 };
const failed = { progressed: false, livedMs: 0 };

describe("the backoff", () => {
  it("doubles from 0.8 s up to 30 s, however often it fails", () => {
    const pace = createBackoff(limits, { random: () => 0 });
    const waits = Array.from({ length: 200 }, () => pace.next(failed));
    expect(waits.slice(0, 7)).toEqual([800, 1600, 3200, 6400, 12800, 25600, 30000]);
    expect(Math.max(...waits)).toBe(30_000);
  });

  it("spreads watches apart, within its limits", () => {
    const pace = createBackoff(limits, { random: () => 0.5 });
    expect([pace.next(failed), pace.next(failed)]).toEqual([1200, 2400]);
  });

  it("starts again after progress, and does not wait after a watch that lasted long enough", () => {
    const pace = createBackoff(limits, { random: () => 0 });
    for (let count = 0; count < 5; count += 1) pace.next(failed);
    expect(pace.next({ progressed: true, livedMs: 100 })).toBe(800);
    expect(pace.next({ progressed: true, livedMs: 300_000 })).toBe(0);
  });
});

const waitsOf = async (
  answer: Parameters<typeof runReflector>[0]["answer"],
  count: number,
): Promise<readonly number[]> => {
  const { steps } = await runReflector({
    answer,
    enough: (_step, steps) => steps.filter(({ type }) => type === "interrupted").length === count,
    clock: impatientClock,
  });
  return steps.flatMap((step) => (step.type === "interrupted" ? step.waitMs : []));
};

it("waits as long as the server asks for, by header or on the stream", async () => {
  const byHeader = { status: 429, headers: { "retry-after": "7" }, body: "" };
  expect(await waitsOf(() => byHeader, 1)).toEqual([7_000]);
  const inStream = { lines: [event("ERROR", status(429, "busy", { retryAfterSeconds: 9 }))] };
  expect(await waitsOf(() => inStream, 1)).toEqual([9_000]);
});

it("slows down if snapshots break off again and again, although each delivers objects", async () => {
  const broken = { lines: [event("ADDED", configMap("a", "5"))] };
  expect(await waitsOf(() => broken, 4)).toEqual([800, 1600, 3200, 6400]);
  const expired = { lines: [bookmark("9", true), event("ERROR", status(410, "too old"))] };
  expect(await waitsOf(() => expired, 4)).toEqual([800, 1600, 3200, 6400]);
});
