import { expect, test } from "vitest";
import { toBackoffSeconds } from "../../adapters/lambda/retry-backoff.ts";
import { findProjectRoot } from "../../sandbox/host/project-root.ts";
import { readFunctionSettings } from "../../sandbox/runtime/function-settings.ts";
import { readQueueSettings } from "../../sandbox/queues/queue-settings.ts";
import { toRecord } from "../adapters/lambda/invocation.ts";

const HOUR = 3_600;
/** Of a receiver's Retry-After, which counts up to an hour. */
const LONGEST_PAUSE = HOUR;

function readAlertsQueue() {
  const queues = readQueueSettings(findProjectRoot());
  const find = (name: string): Readonly<Record<string, string>> =>
    queues.find(({ key }) => key === name)?.attributes ?? {};
  const attributes = find("alerts");
  const { maxReceiveCount } = JSON.parse(attributes["RedrivePolicy"] ?? "{}") as {
    readonly maxReceiveCount?: number | string;
  };
  return {
    receives: Number(maxReceiveCount),
    visibility: Number(attributes["VisibilityTimeout"]),
    retention: Number(attributes["MessageRetentionPeriod"]),
    deadRetention: Number(find("alertsDeadLetter")["MessageRetentionPeriod"]),
  };
}

/** The seconds from the first attempt at an alert to the last one, if each fails at once; `toPause` is how long a receiver asks to wait. */
function toSeconds(receives: number, messageId: string, asked = 0): number {
  let seconds = 0;
  for (let attempt = 1; attempt < receives; attempt += 1) {
    const record = toRecord(messageId, "");
    const attributes = { ...record.attributes, ApproximateReceiveCount: String(attempt) };
    seconds += Math.max(asked, toBackoffSeconds({ attributes, messageId }));
  }
  return seconds;
}

const IDS = Array.from({ length: 50 }, (_none, index) => `message-${index}`);

test("a receiver may be away for more than a day: so long are the attempts at an alert", () => {
  const { receives } = readAlertsQueue();
  for (const id of IDS) expect(toSeconds(receives, id)).toBeGreaterThan(25 * HOUR);
});

test("an alert that no attempt delivers is a dead letter before the queue would drop it, however long its receiver asks to wait", () => {
  const { receives, visibility, retention } = readAlertsQueue();
  for (const id of IDS) {
    const attempts = toSeconds(receives, id, LONGEST_PAUSE) + receives * visibility;
    expect(attempts).toBeLessThan(retention);
  }
});

test("a dead letter is kept as long as SQS keeps anything", () => {
  expect(readAlertsQueue().deadRetention).toBe(14 * 24 * HOUR);
});

test("no other invocation gets an alert while one works on it", () => {
  const notify = readFunctionSettings(findProjectRoot()).find(({ name }) => name === "notify");
  const { visibility } = readAlertsQueue();
  expect(visibility * 1_000).toBeGreaterThanOrEqual(6 * (notify?.timeoutMs ?? Infinity));
});
