import { expect, test } from "vitest";
import type { AlertGroupStatus } from "../../../../events/alert-group.ts";
import { continueGroup } from "../../../../core/alerts/groups/continue-group.ts";
import { OUTBOX_MAX } from "../../../../core/alerts/groups/outbox.ts";
import { takeAlerts } from "../../../../core/alerts/groups/take-alerts.ts";
import { alertOn, at, fails } from "./group-scene.ts";

const EMPTY: AlertGroupStatus = { windowSeconds: 300, repeatSeconds: 3_600, open: [] };
const context = (seconds: number) => ({ name: "backups-0", now: at(seconds), silences: [] });

/** A group whose messages nobody can send, with an alert in each of so many windows. */
function collectFor(windows: number, toAlert = (name: string) => alertOn(name)): AlertGroupStatus {
  let status = EMPTY;
  for (let window = 0; window < windows; window += 1) {
    status = takeAlerts(status, [toAlert(`job-${window}`)], context(window * 301));
  }
  return status;
}

test("an outbox that nobody empties takes no more messages, and the later alerts are collected", () => {
  const status = collectFor(30);
  expect(OUTBOX_MAX).toBe(10);
  expect(status.outbox).toHaveLength(10);
  expect(status.collected).toMatchObject({ count: 20 });
  expect(status.open).toHaveLength(30);
});

test("an outbox of long messages is full before the API server refuses it", () => {
  const fields = Array.from({ length: 20 }, (_none, index) => ({
    name: `field-${index}`,
    value: "\u0001".repeat(500),
  }));
  const status = collectFor(30, (name) => alertOn(name, { fields }));
  expect(JSON.stringify(status.outbox).length).toBeGreaterThan(100_000);
  expect(JSON.stringify(status.outbox).length).toBeLessThan(400_000);
  expect(status.collected?.count).toBe(30 - (status.outbox?.length ?? 0));
});

test("after the outbox was sent, the collected alerts are one message", () => {
  const { outbox: _sent, ...status } = collectFor(30);
  const continued = continueGroup(status, [], context(30 * 301));
  expect(continued.outbox).toMatchObject([{ id: `backups-0/${at(10 * 301)}` }]);
  expect(continued).not.toHaveProperty("collected");
});

test("a full outbox takes no reminder and no resolved message, and the group says them later", () => {
  let status = takeAlerts(EMPTY, [alertOn("a")], context(0));
  for (let hour = 1; hour < 20; hour += 1)
    status = continueGroup(status, [], context(hour * 3_600));
  expect(status.outbox).toHaveLength(10);
  const ended = continueGroup(status, fails("a"), context(21 * 3_600));
  expect(ended.outbox).toHaveLength(10);
  const { outbox: _sent, ...emptied } = ended;
  const [message] = continueGroup(emptied, fails("a"), context(22 * 3_600)).outbox ?? [];
  expect(message?.id).toBe(`backups-0/resolved@${at(0)}`);
});
