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

/** The lines of these attempts at one alert, by one process of notify. */
async function attemptAll(attempts: readonly number[], receivers: readonly AlertReceiver[]) {
  const handler = createSqsHandler({
    name: "notify",
    fifo: false,
    client: createFakeQueues().client,
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
  return lines.filter(({ message }) => String(message).startsWith("alert"));
}

describe("the line of an alert in the log", () => {
  it("is written once, however often its receiver does not take it", async () => {
    const lines = await attemptAll([1, 2, 3, 4, 60], [createLogAlert(true), away()]);
    expect(lines.filter(({ message }) => message === "alert")).toHaveLength(1);
    expect(lines.filter(({ message }) => message === "alert is delivered again")).toMatchObject(
      [2, 3, 4, 60].map((attempt) => ({ level: "INFO", attempt })),
    );
  });

  it("is not written again by another process of notify, hours later", async () => {
    const lines = await attemptAll([60], [createLogAlert(true), away()]);
    expect(lines.map(({ message }) => message)).toEqual(["alert is delivered again"]);
  });

  it("is written in the second attempt, if the first ended before", async () => {
    const [line] = await attemptAll([2], [createLogAlert(true)]);
    expect(line).toMatchObject({ message: "alert" });
  });

  it("is always written if the log alone takes alerts", async () => {
    const [line] = await attemptAll([60], [createLogAlert(false)]);
    expect(line).toMatchObject({ message: "alert" });
  });
});

describe("a receiver that is away", () => {
  const delayOf = async (attempt: number, retryAfterMs?: number): Promise<unknown> => {
    const notify = createNotify({
      verify: async () => "unverifiable",
      receivers: [away(retryAfterMs)],
      now: () => 0,
    });
    const verdict = await notify(
      { body: BODY, attributes: { ApproximateReceiveCount: String(attempt) } },
      {
        signal: new AbortController().signal,
        deadlineMs: 0,
        telemetry: { count: () => {}, logger: SILENT },
      },
    );
    return verdict.outcome === "retry" ? verdict.delaySeconds : verdict;
  };

  it.each([
    ["its wait, if that is longer than the usual one", 1, 37_000, 37],
    ["the usual wait, if it asks for less", 8, 1_000, 256],
    ["the usual wait, if it asks for none", 3, undefined, 8],
    ["15 minutes, after many attempts", 100, 0, 900],
  ])("gets the alert again after %s", async (_what, attempt, asked, seconds) => {
    expect(await delayOf(attempt, asked)).toBe(seconds);
  });

  test("for a day gets it afterwards: 120 attempts last longer than that, even if it asks for a second each time", async () => {
    const delays = await Promise.all(
      Array.from({ length: 119 }, (_, index) => delayOf(index + 1, 1_000)),
    );
    const total = delays.reduce<number>((sum, delay) => sum + Number(delay), 0);
    expect(total).toBeGreaterThan(25 * 3_600);
  });
});

const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
