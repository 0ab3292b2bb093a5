import { expect, test } from "vitest";
import { describeSilence } from "../../../cli/silence/describe-silence.ts";
import { parseAsked } from "../../../cli/silence/parse-asked.ts";

test("a rule, labels and a time silence what has all of it", () => {
  const flags = { label: ["namespace=data", "note=a=b"], for: "1h30m", reason: "upgrade" };
  expect(parseAsked("backup", flags)).toEqual({
    what: "silence",
    rule: "backup",
    labels: { namespace: "data", note: "a=b" },
    reason: "upgrade",
    forMs: 5_400_000,
  });
});

test("silences are listed, and ended by their name", () => {
  expect(parseAsked(undefined, { list: true })).toEqual({ what: "list" });
  expect(parseAsked(undefined, { end: "backup-x" })).toEqual({ what: "end", name: "backup-x" });
});

test.each([
  ["nothing", undefined, {}, "expected a rule or --label"],
  ["two things at once", "backup", { list: true }, "expected a rule or --label"],
  ["a time only", undefined, { for: "2h" }, "nothing else would be selected"],
  ["no time", "backup", {}, "--for"],
  ["a time that is none", "backup", { for: "soon" }, "--for"],
  ["no time at all", "backup", { for: "0s" }, "--for"],
  ["more than a year", "backup", { for: "400d" }, "--for"],
  ["a label without a value", undefined, { label: ["data"], for: "1h" }, "KEY=VALUE"],
  ["a label twice", undefined, { label: ["a=1", "a=2"], for: "1h" }, "twice"],
])("asking for %s is misuse, and the message says what to change", (_what, rule, flags, text) => {
  expect(() => parseAsked(rule, flags)).toThrow(text);
});

test("a silence is described by all that it selects", () => {
  expect(describeSilence({ rule: "backup", labels: { namespace: "data" } })).toBe(
    "rule backup, namespace=data",
  );
});
