import { expect, test } from "vitest";
import { toSeverity } from "../../core/severity.ts";

const problem = { code: "Conflict", message: "" };
const held = { code: "HeldBack", message: "" };

test.each([
  ["what the rule says", { severity: "info" }, "info"],
  ["what the rule says, of a problem too", { severity: "info", problem }, "info"],
  ["a warning", {}, "warning"],
  ["an error, of a problem", { problem }, "error"],
  ["a warning, of what a guard holds back", { problem: held }, "warning"],
  [
    "more, if the object says so",
    { severity: "critical", severityFrom: "object", problem },
    "critical",
  ],
  ["no less, if the object says so", { severity: "info", severityFrom: "object" }, "warning"],
  [
    "no less than an error, of a problem",
    { severity: "warning", severityFrom: "object", problem },
    "error",
  ],
] as const)("the severity of an alert is %s", (_what, alert, severity) => {
  expect(toSeverity(alert)).toBe(severity);
});
