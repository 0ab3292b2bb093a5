import { describe, expect, it } from "vitest";
import { KubemendError } from "../../../core/errors.ts";
import { toFailureVerdict, type RetryVerdict } from "../../../adapters/lambda/message-verdict.ts";
import { toBackoffSeconds, toPauseSeconds } from "../../../adapters/lambda/retry-backoff.ts";
import { toRecord } from "./invocation.ts";

const ALERTS_RECEIVES = 120;
const OTHER_RECEIVES = 60;

/** The verdict on an answer like 429 with this Retry-After. */
function toVerdict(retryAfterMs?: number): RetryVerdict {
  const options = { retryable: true, retryAfterMs };
  const verdict = toFailureVerdict(new KubemendError("TooManyRequests", "busy", options));
  if (verdict.outcome !== "retry") throw new Error(verdict.reason);
  return verdict;
}

/** How long a message is tried in all, in hours. */
function toHours(verdict: RetryVerdict, receives: number): number {
  let seconds = 0;
  for (let received = 1; received < receives; received += 1) {
    seconds += toPauseSeconds(verdict, toRecord("m", "", { received }));
  }
  return seconds / 3600;
}

describe("a message whose server asks for a short wait", () => {
  it.each([
    ["none", undefined],
    ["at once", 0],
    ["a second", 1000],
    ["half a minute", 30_000],
  ])("is tried as long as any other: %s", (_, retryAfterMs) => {
    expect(toHours(toVerdict(retryAfterMs), ALERTS_RECEIVES)).toBeGreaterThan(24);
    expect(toHours(toVerdict(retryAfterMs), OTHER_RECEIVES)).toBeGreaterThan(6);
  });

  it("waits as long as the server asks, if that is longer", () => {
    const record = toRecord("m", "", { received: 1 });
    expect(toPauseSeconds(toVerdict(600_000), record)).toBe(600);
    expect(toPauseSeconds({ ...toVerdict(600_000), delaySeconds: 0 }, record)).toBe(0);
  });
});

describe("messages that failed together", () => {
  const ids = Array.from({ length: 400 }, (_, index) => `message-${index}`);

  it("return spread over half of their backoff", () => {
    const pauses = ids.map((id) => toBackoffSeconds(toRecord(id, "", { received: 9 })));
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(512);
    expect(Math.max(...pauses)).toBeLessThan(768);
    const minutes = Map.groupBy(pauses, (seconds) => Math.floor((seconds - 512) / 32));
    expect([...minutes.values()].map(({ length }) => length > 20 && length < 90)).toEqual(
      Array.from({ length: 8 }, () => true),
    );
  });

  it("all get through a receiver that takes one a second, long before their receives are used up", () => {
    let taken = -1;
    const most = deliverAll(ids, (now) => {
      const isFree = Math.floor(now) > taken;
      if (isFree) taken = Math.floor(now);
      return isFree;
    });
    expect(most).toBeLessThan(20);
  });
});

/** Delivers messages in their order of time, again and again; the most receives that one of them needed. */
function deliverAll(ids: readonly string[], accept: (now: number) => boolean): number {
  const verdict = toVerdict(1000);
  let waiting = ids.map((id) => ({ id, due: 0, received: 1 }));
  let now = 0;
  let most = 0;
  while (waiting.length > 0) {
    waiting = waiting.toSorted((a, b) => a.due - b.due);
    const [message] = waiting.splice(0, 1);
    if (message === undefined) break;
    now = Math.max(now, message.due) + 0.005;
    const { id, received } = message;
    most = Math.max(most, received);
    if (accept(now) || received > ALERTS_RECEIVES) continue;
    const pause = toPauseSeconds(verdict, toRecord(id, "", { received }));
    waiting.push({ id, due: now + pause, received: received + 1 });
  }
  return most;
}
