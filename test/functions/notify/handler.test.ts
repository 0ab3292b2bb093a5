import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { captureLines, toContext, toRecord } from "../../adapters/lambda/invocation.ts";

const SAMPLE = join(
  import.meta.dirname,
  "../../../events/samples/alert-1/valid/event-resolved.json",
);

beforeEach(() => {
  vi.stubEnv("AWS_REGION", "eu-central-1");
  vi.stubEnv("KUBEMEND_WAKEUPS_QUEUE_URL", "http://127.0.0.1:1/0/wakeups");
  vi.stubEnv("KUBEMEND_DEAD_LETTER_QUEUE_URL", "http://127.0.0.1:1/0/alerts-dead-letter");
  vi.resetModules();
});

afterEach(() => {
  vi.unstubAllEnvs();
});

it("delivers an alert as a line, counts it, and acknowledges the message", async () => {
  const { handler } = await import("../../../functions/notify/handler.ts");
  const record = toRecord("m", readFileSync(SAMPLE, "utf8"));
  const { value, lines } = await captureLines(() => handler({ Records: [record] }, toContext()));
  expect(value).toEqual({ batchItemFailures: [] });
  expect(lines).toContainEqual(expect.objectContaining({ message: "alert" }));
  expect(lines).toContainEqual(expect.objectContaining({ Received: 1, Done: 1, Alerts: 1 }));
});

it("does not start without the URL of its dead-letter queue, and names the variable", async () => {
  vi.stubEnv("KUBEMEND_DEAD_LETTER_QUEUE_URL", "");
  await expect(import("../../../functions/notify/handler.ts")).rejects.toMatchObject({
    code: "InvalidConfiguration",
    message: expect.stringContaining("KUBEMEND_DEAD_LETTER_QUEUE_URL") as string,
  });
});
