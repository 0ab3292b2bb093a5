import { expect, test } from "vitest";
import { boundAttempts, findEndless } from "../../../adapters/lambda/bound-attempts.ts";
import {
  LATER_IN_GROUP,
  OUT_OF_TIME,
  type RetryVerdict,
} from "../../../adapters/lambda/message-verdict.ts";
import type { SignatureVerdict } from "../../../adapters/signing/verify.ts";
import { toRecord } from "./invocation.ts";

const fail = (code: string): RetryVerdict => ({ outcome: "retry", code, reason: "it failed" });

const bound = (verdict: RetryVerdict, signature: SignatureVerdict, received = 1) =>
  boundAttempts(verdict, toRecord("m", "{}", { group: "g", received }), async () => signature);

test.each(["Unreachable", "Forbidden", "NewerContract"])(
  "a signed message that fails with %s is retried, however often",
  async (code) => {
    expect(await bound(fail(code), "signed", 59)).toEqual(fail(code));
  },
);

test.each([fail("Unreachable"), fail("Forbidden"), fail("NewerContract"), OUT_OF_TIME])(
  "with signing keys, a message without a valid signature has one attempt: $code",
  async (verdict) => {
    expect(await bound(verdict, "unsigned")).toMatchObject({
      outcome: "poison",
      code: "Unsigned",
      reason: expect.stringContaining(verdict.reason),
    });
  },
);

test.each(["Unreachable", "Unauthorized", "Unavailable", "Timeout", "QueueThrottled", "OutOfTime"])(
  "without signing keys, %s is no fault of the message: it is retried as often as the queue allows",
  async (code) => {
    expect(await bound(fail(code), "unverifiable", 59)).toEqual(fail(code));
  },
);

test.each(["Forbidden", "NewerContract", "Internal", "Invalid"])(
  "without signing keys, %s may be the message's own fault: it is tried eight times, however old it is",
  async (code) => {
    expect(await bound(fail(code), "unverifiable", 7)).toEqual(fail(code));
    expect(await bound(fail(code), "unverifiable", 8)).toMatchObject({ outcome: "poison", code });
  },
);

test("a message without a valid signature that was received five times without an end is not begun again", () => {
  const received = (count: number) => toRecord("m", "{}", { group: "g", received: count });
  expect(findEndless(received(5), "unsigned")).toBeUndefined();
  expect(findEndless(received(6), "unsigned")).toMatchObject({ outcome: "poison" });
  expect(findEndless(received(59), "signed")).toBeUndefined();
  expect(findEndless(received(59), "unverifiable")).toBeUndefined();
});

test("a failure without a code counts as the message's own", async () => {
  const verdict = { outcome: "retry", reason: "unknown" } as const;
  expect(await bound(verdict, "unverifiable", 8)).toMatchObject({ outcome: "poison" });
});

test("a message that waits for an earlier one of its group was not tried", async () => {
  expect(await bound(LATER_IN_GROUP, "unsigned", 30)).toBe(LATER_IN_GROUP);
});

test("while the keys cannot be read, nothing is said about any message", async () => {
  const verify = (): Promise<SignatureVerdict> => Promise.reject(new Error("away"));
  const record = toRecord("m", "{}", { received: 30 });
  expect(await boundAttempts(fail("Forbidden"), record, verify)).toEqual(fail("Forbidden"));
});
