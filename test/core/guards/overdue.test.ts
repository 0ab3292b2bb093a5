import { expect, it } from "vitest";
import type { RuleGuard } from "../../../events/rule-guard.ts";
import { isOverdue } from "../../../core/guards/overdue.ts";

const NOW_MS = Date.parse("2026-03-01T10:00:00.000Z");
const MINUTE_MS = 60_000;

function toGuard(wakeAtMs?: number): RuleGuard {
  const metadata = { name: "rerun", namespace: "kubemend", uid: "u", resourceVersion: "1" };
  const head = { apiVersion: "kubemend.dev/v1alpha1", kind: "RuleGuard", metadata };
  const wakeAt = wakeAtMs === undefined ? undefined : new Date(wakeAtMs).toISOString();
  return { ...head, status: { wakeAt } };
}

it.each([
  ["nobody waits", undefined, false],
  ["its time comes later", NOW_MS + MINUTE_MS, false],
  ["it is late, as a wake-up may be", NOW_MS - MINUTE_MS, false],
  ["its wake-up was lost", NOW_MS - MINUTE_MS - 1, true],
  ["its rule has been gone for a day", NOW_MS - 24 * 60 * MINUTE_MS, false],
])("a guard: %s", (_what, wakeAtMs, expected) => {
  expect(isOverdue(toGuard(wakeAtMs), NOW_MS)).toBe(expected);
});
