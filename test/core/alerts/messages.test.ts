import { describe, expect, it } from "vitest";
import { toAlertView } from "../../../core/alerts/alert-view.ts";
import { limitBytes, limitText } from "../../../core/text/limit-text.ts";
import { toPagerDutyEvent } from "../../../core/alerts/to-pagerduty.ts";
import { toPlainText } from "../../../core/alerts/to-plain-text.ts";
import { toSlackMessage } from "../../../core/alerts/to-slack.ts";
import { toTeamsMessage } from "../../../core/alerts/to-teams.ts";
import { toAlert } from "../../support/alert-message.ts";

const HOSTILE = "<!channel> <https://evil.example|click> *bold* [a](https://evil.example) & co";
const LONG = "𝒳y".repeat(20_000);

type Part = Readonly<Record<string, unknown>>;

/** Every object in a message, at any depth. */
function parts(value: unknown): readonly Part[] {
  if (Array.isArray(value)) return value.flatMap(parts);
  if (typeof value !== "object" || value === null) return [];
  return [value as Part, ...Object.values(value).flatMap(parts)];
}

const slack = (summary: string) => toSlackMessage(toAlertView(toAlert({ summary })));

describe("a message for Slack", () => {
  it("shows what the cluster says as plain text only", () => {
    const { text, blocks } = slack(HOSTILE);
    expect(parts(blocks).filter(({ type }) => type === "mrkdwn")).toEqual([]);
    expect(parts(blocks).map(({ text: shown }) => shown)).toContain(HOSTILE);
    expect(text).not.toMatch(/[<>]/);
  });

  it("escapes the fallback text, which Slack does interpret", () => {
    const { text } = toSlackMessage(toAlertView(toAlert({ summary: HOSTILE, problem: undefined })));
    expect(text).toContain("&lt;!channel&gt; &lt;https://evil.example|click&gt;");
    expect(text).toContain("&amp; co");
  });

  it("stays within Slack's limits, whatever the length of the summary", () => {
    const { text, blocks } = slack(LONG);
    const lengths = parts(blocks).flatMap(({ type, text: shown }) =>
      type === "plain_text" ? [String(shown).length] : [],
    );
    expect(Math.max(...lengths)).toBeLessThanOrEqual(3_000);
    expect(text.length).toBeLessThanOrEqual(3_000);
    expect(blocks.length).toBeLessThanOrEqual(50);
  });

  it("has no empty text, which Slack refuses", () => {
    const texts = parts(slack("").blocks).flatMap(({ type, text }) =>
      type === "plain_text" ? [text] : [],
    );
    expect(texts).not.toContain("");
  });
});

describe("a message for Teams", () => {
  it("has text runs only, which interpret no Markdown", () => {
    const message = toTeamsMessage(toAlertView(toAlert({ summary: HOSTILE })));
    const types = new Set(parts(message).flatMap(({ type }) => (type === undefined ? [] : [type])));
    expect(types).toEqual(new Set(["message", "AdaptiveCard", "RichTextBlock", "TextRun"]));
    expect(parts(message).map(({ text }) => text)).toContain(HOSTILE);
  });

  it("stays below 28 KB", () => {
    const references = Array.from({ length: 9 }, () => ({
      field: LONG,
      relation: "path",
      result: { outcome: "unresolved", reason: "ambiguous", candidates: [LONG] } as const,
    }));
    const alert = toAlert({ summary: LONG, references, problem: { code: "A", message: LONG } });
    const bytes = Buffer.byteLength(JSON.stringify(toTeamsMessage(toAlertView(alert))));
    expect(bytes).toBeLessThan(28 * 1024);
  });
});

describe("an event for PagerDuty", () => {
  it("opens the incident of its alert, with source, component, group and class", () => {
    expect(toPagerDutyEvent(toAlert(), "key")).toMatchObject({
      routing_key: "key",
      event_action: "trigger",
      dedup_key: "rerun-failed-backup-03ec059e118f45dfbf18/alert",
      payload: {
        source: "prod-eu-1",
        severity: "error",
        component: "Job backup-29384720",
        group: "data",
        class: "rerun-failed-backup",
        timestamp: "2026-11-20T02:01:00.250Z",
      },
    });
  });

  const toLong = (alertId: string) =>
    toPagerDutyEvent(toAlert({ summary: LONG, alertId, problem: undefined }), "key") as {
      readonly dedup_key: string;
      readonly payload: { readonly summary: string };
    };

  it("stays within PagerDuty's limits", () => {
    const { dedup_key: key, payload } = toLong("a".repeat(400));
    expect(key.length).toBeLessThanOrEqual(255);
    expect(payload.summary.length).toBeLessThanOrEqual(1_024);
  });

  it("keeps two incidents apart whose ids are too long", () => {
    expect(toLong(`${"a".repeat(400)}b`).dedup_key).not.toBe(toLong("a".repeat(401)).dedup_key);
  });
});

it("a plain text has the problem, the facts and the next command", () => {
  const text = toPlainText(toAlertView(toAlert()));
  expect(text).toContain("Problem: OwnerMissing: the Job has no owner that is a CronJob\n");
  expect(text).toContain("Cluster: prod-eu-1\n");
  expect(text).toContain("Next:\n  kubectl describe job backup-29384720 --namespace data\n");
});

describe("a limit", () => {
  it.each([
    ["abc", 3, "abc"],
    ["abcd", 3, "ab…"],
    ["a𝒳cd", 3, "a…"],
    ["", 3, ""],
  ])("of %s to %i is %s: no character is halved", (text, max, expected) => {
    expect(limitText(text, max)).toBe(expected);
  });

  it("in bytes halves no character either", () => {
    expect(limitBytes("äää", 6)).toBe("äää");
    expect(limitBytes("ääää", 6)).toBe("ä…");
  });
});
