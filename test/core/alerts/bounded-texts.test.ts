import { expect, test } from "vitest";
import { toAlertView } from "../../../core/alerts/alert-view.ts";
import { toTeamsMessage } from "../../../core/alerts/to-teams.ts";
import { toByteLength } from "../../../core/text/limit-text.ts";
import type { AlertData } from "../../../events/alert.ts";
import { toAlert } from "../../support/alert-message.ts";

/** Three bytes a character. */
const WIDE = "字".repeat(12_000);
const many = (count: number, text: string): readonly string[] =>
  Array.from({ length: count }, (_none, index) => `${index} ${text}`);

/** An alert that has as much of everything as possible. */
const HUGE: Partial<AlertData> = {
  title: WIDE,
  summary: WIDE,
  problem: { code: "Forbidden", message: WIDE },
  preview: many(300, `step ${WIDE}`),
  outcome: { result: "failed", steps: many(300, WIDE) },
  fields: many(200, WIDE).map((value, index) => ({ name: `${index} ${WIDE}`, value })),
  record: { namespace: "n".repeat(253), name: "r".repeat(253) },
  runbook: `https://example.com/${"a".repeat(2_000)}`,
};

test("an alert for Teams is small enough, whatever it has, and still shows its plan and its commands", () => {
  const text = JSON.stringify(toTeamsMessage(toAlertView(toAlert(HUGE))));
  expect(toByteLength(text)).toBeLessThanOrEqual(28 * 1024);
  expect(text).toContain("0 step ");
  expect(text).toContain("more lines");
  expect(text).toContain("kubemend approve rrrr");
});

test("a command is whole or left out, and a runbook that is longer than any rule's is left out", () => {
  const long = { namespace: "n".repeat(600), name: "r".repeat(600) };
  expect(toAlertView(toAlert({ record: long })).commands).toEqual([]);
  const runbook = `https://example.com/${"a".repeat(5_000)}`;
  expect(toAlertView(toAlert({ runbook }))).not.toHaveProperty("runbook");
});

test("an alert about what a guard holds back names the command that shows the guard", () => {
  const problem = { code: "HeldBack", message: "MaxPerHour: 6 were started" };
  const { commands } = toAlertView(toAlert({ problem }));
  expect(commands[0]).toBe("kubemend guards rerun-failed-backup");
});
