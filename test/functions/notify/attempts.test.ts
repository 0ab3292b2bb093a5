import { readFileSync } from "node:fs";
import { describe, expect, it, test } from "vitest";
import { createSqsHandler } from "../../../adapters/lambda/sqs-handler.ts";
import { KubemendError } from "../../../core/errors.ts";
import { createLogAlert } from "../../../functions/notify/log-alert.ts";
import { createNotify } from "../../../functions/notify/notify.ts";
import type { AlertReceiver } from "../../../functions/notify/receiver.ts";
import {
  captureLines,
  createFakeQueues,
  toContext,
  toQueueUrl,
  toRecord,
} from "../../adapters/lambda/invocation.ts";

const SAMPLE = new URL(
  "../../../events/samples/alert-1/valid/event-resolved.json",
  import.meta.url,
);
const BODY = readFileSync(SAMPLE, "utf8");

const away =
  (retryAfterMs?: number): AlertReceiver =>
  async () => {
    throw new KubemendError("ReceiverUnavailable", "away", { retryable: true, retryAfterMs });
  };

/** The log lines and the pauses of these attempts at one alert by one process of notify. */
async function attemptAll(attempts: readonly number[], receivers: readonly AlertReceiver[]) {
  const queues = createFakeQueues();
  const handler = createSqsHandler({
    name: "notify",
    fifo: false,
    client: queues.client,
    deadLetterQueueUrl: toQueueUrl("alerts-dead-letter"),
    process: createNotify({ verify: async () => "unverifiable", receivers, now: () => 0 }),
  });
  const { lines } = await captureLines(async () => {
    for (const attempt of attempts) {
      const record = toRecord("m", BODY);
      const attributes = { ...record.attributes, ApproximateReceiveCount: String(attempt) };
      await handler({ Records: [{ ...record, attributes }] }, toContext());
    }
  });
  const ofAlerts = lines.filter(({ message }) => String(message).startsWith("alert"));
  return { lines: ofAlerts, pauses: queues.pauses() };
}

describe("the line of an alert in the log", () => {
  it("is written once, however often its receiver does not take it", async () => {
    const { lines } = await attemptAll([1, 2, 3, 4, 60], [createLogAlert(true), away()]);
    expect(lines.filter(({ message }) => message === "alert")).toHaveLength(1);
    expect(lines.filter(({ message }) => message === "alert is delivered again")).toMatchObject(
      [2, 3, 4, 60].map((attempt) => ({ level: "INFO", attempt })),
    );
  });

  it("is not written again by another process of notify, hours later", async () => {
    const { lines } = await attemptAll([60], [createLogAlert(true), away()]);
    expect(lines.map(({ message }) => message)).toEqual(["alert is delivered again"]);
  });

  it("is written in the second attempt, if the first ended before", async () => {
    const { lines } = await attemptAll([2], [createLogAlert(true)]);
    expect(lines[0]).toMatchObject({ message: "alert" });
  });

  it("is always written if the log alone takes alerts", async () => {
    const { lines } = await attemptAll([60], [createLogAlert(false)]);
    expect(lines[0]).toMatchObject({ message: "alert" });
  });
});

describe("a receiver that is away", () => {
  /** Seconds until this attempt is followed by the next. */
  const delayOf = async (attempt: number, retryAfterMs?: number): Promise<number> => {
    const { pauses } = await attemptAll([attempt], [away(retryAfterMs)]);
    return Object.values(pauses)[0] ?? 0;
  };

  it.each([
    ["its wait, if that is longer than the usual one", 1, 37_000, 37, 37],
    ["the usual wait, if it asks for less", 8, 1_000, 256, 384],
    ["the usual wait, if it asks for none", 3, undefined, 8, 12],
    ["15 minutes, after many attempts", 100, 0, 900, 1350],
  ])("gets the alert again after %s", async (_what, attempt, asked, from, to) => {
    const seconds = await delayOf(attempt, asked);
    expect(seconds).toBeGreaterThanOrEqual(from);
    expect(seconds).toBeLessThanOrEqual(to);
  });

  test("for a day gets it afterwards: 120 attempts last longer than that, even if it asks for a second each time", async () => {
    const attempts = Array.from({ length: 119 }, (_, index) => index + 1);
    const delays: number[] = [];
    for (const attempt of attempts) delays.push(await delayOf(attempt, 1_000));
    expect(delays.reduce((sum, delay) => sum + delay, 0)).toBeGreaterThan(25 * 3_600);
  });
});
