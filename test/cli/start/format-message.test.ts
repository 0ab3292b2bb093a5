import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { expect, it } from "vitest";
import { formatMessage } from "../../../cli/start/format-message.ts";
import { toAlertView } from "../../../core/alerts/alert-view.ts";
import { toSlackMessage } from "../../../core/alerts/to-slack.ts";
import { toAlert } from "../../support/alert-message.ts";

const format = (message: Parameters<typeof formatMessage>[0]): string =>
  stripVTControlCharacters(formatMessage(message));

it("shows the header, sections, fields and commands of an alert as lines", () => {
  const lines = format(toSlackMessage(toAlertView(toAlert({ runbook: "https://wiki.example/b" }))));
  expect(lines.split("\n")).toEqual(
    expect.arrayContaining([
      "      ┌ Slack",
      "      │ 🔴 rerun-failed-backup: Job data/backup-29384720",
      "      │ Problem: OwnerMissing: the Job has no owner that is a CronJob",
      "      │ Object: Job data/backup-29384720",
      "      │ Runbook: https://wiki.example/b",
      "      │   kubectl describe job backup-29384720 --namespace data",
      "      └",
    ]),
  );
});

it("cuts what is long", () => {
  const summary = ["x".repeat(500), ...Array.from({ length: 400 }, () => "y")].join("\n");
  const lines = format(toSlackMessage(toAlertView(toAlert({ summary })))).split("\n");
  expect(lines).toHaveLength(33);
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(180);
  expect(lines.at(-2)).toMatch(/… and \d+ more lines/);
});

it("shows the text of a message without blocks", () => {
  expect(format({ text: "a\nb", blocks: [] }).split("\n")).toHaveLength(4);
});

it("never throws, and controls no terminal, whatever the blocks are", () => {
  const value = fc.jsonValue();
  const block = fc.record(
    {
      type: fc.constantFrom("header", "section", "rich_text", "rich_text_preformatted", "link"),
      text: fc.oneof(value, fc.record({ text: fc.oneof(fc.string({ unit: "binary" }), value) })),
      fields: fc.oneof(value, fc.array(fc.record({ text: fc.string({ unit: "binary" }) }))),
      elements: fc.oneof(value, fc.array(fc.record({ type: value, elements: value }))),
    },
    { requiredKeys: ["type"] },
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(block, value)), fc.string({ unit: "binary" }), (blocks, text) => {
      expect(format({ text, blocks })).not.toMatch(/[^\P{Cc}\n]|\p{Cf}/u);
    }),
  );
});
