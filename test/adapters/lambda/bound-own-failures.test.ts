import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { boundAttempts } from "../../../adapters/lambda/bound-attempts.ts";
import type { RetryVerdict } from "../../../adapters/lambda/message-verdict.ts";
import { toRecord } from "./invocation.ts";

const NOW = Date.parse("2026-03-01T10:00:00Z");
const HOUR = 3_600_000;

const fail = (code: string): RetryVerdict => ({ outcome: "retry", code, reason: "it failed" });

/** A receive of a message without signing keys. */
const receive = (id: string, code: string, received: number, firstReceivedMs: number) => {
  const record = toRecord(id, "{}", { group: "g", received });
  const attributes = {
    ...record.attributes,
    ApproximateFirstReceiveTimestamp: String(firstReceivedMs),
  };
  return boundAttempts(fail(code), { ...record, attributes }, async () => "unverifiable");
};

beforeEach(() => void vi.useFakeTimers({ now: NOW }));
afterEach(() => void vi.useRealTimers());

test.each(["Forbidden", "NewerContract", "Internal", "Conflict", "NotFound"])(
  "an outage of two hours before uses up no attempt of a message that then fails with %s",
  async (code) => {
    const firstMs = NOW - 2 * HOUR;
    expect(await receive(`outage-${code}`, "Unavailable", 13, firstMs)).toEqual(
      fail("Unavailable"),
    );
    expect(await receive(`outage-${code}`, code, 14, firstMs)).toEqual(fail(code));
  },
);

test("an upgrade in the wrong order may take three hours", async () => {
  expect(await receive("upgrade", "NewerContract", 20, NOW - 2.9 * HOUR)).toMatchObject({
    outcome: "retry",
  });
});

test("a message that fails by itself for three hours is poison", async () => {
  const firstMs = NOW - 3 * HOUR;
  await receive("own", "Forbidden", 20, firstMs);
  expect(await receive("own", "Forbidden", 21, firstMs)).toMatchObject({
    outcome: "poison",
    code: "Forbidden",
    reason: expect.stringContaining("3 h"),
  });
});

test("a message that only waited for others until now has one more attempt", async () => {
  const firstMs = NOW - 5 * HOUR;
  expect(await receive("waited", "Conflict", 30, firstMs)).toEqual(fail("Conflict"));
  expect(await receive("waited", "Conflict", 31, firstMs)).toMatchObject({ outcome: "poison" });
});

test("the verdict on one receive is the same, however often it is asked for", async () => {
  const firstMs = NOW - 5 * HOUR;
  const first = await receive("twice", "Conflict", 30, firstMs);
  expect(await receive("twice", "Conflict", 30, firstMs)).toEqual(first);
  expect(first).toEqual(fail("Conflict"));
});

test("a message that is always received by another process is poison after eight hours", async () => {
  expect(await receive("elsewhere", "Forbidden", 40, NOW - 8 * HOUR)).toMatchObject({
    outcome: "poison",
  });
});

test("time alone does not end a message that was received a few times only", async () => {
  expect(await receive("few", "Forbidden", 7, NOW - 9 * HOUR)).toEqual(fail("Forbidden"));
});
