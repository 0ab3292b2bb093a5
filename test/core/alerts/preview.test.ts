import { expect, it } from "vitest";
import { toAlertView } from "../../../core/alerts/alert-view.ts";
import { toPagerDutyEvent } from "../../../core/alerts/to-pagerduty.ts";
import { toPlainText } from "../../../core/alerts/to-plain-text.ts";
import { toSlackMessage } from "../../../core/alerts/to-slack.ts";
import { toTeamsMessage } from "../../../core/alerts/to-teams.ts";
import { toAlert } from "../../support/alert-message.ts";

const PREVIEW = ["would change Deployment shop/web\n  spec:\n-   replicas: 1\n+   replicas: 3"];
const ALERT = toAlert({ problem: undefined, preview: PREVIEW });
const VIEW = toAlertView(ALERT);

it("what an approval is asked for is shown by every receiver, with the diff", () => {
  expect(VIEW.preview).toEqual([
    "would change Deployment shop/web",
    "  spec:",
    "-   replicas: 1",
    "+   replicas: 3",
  ]);
  const [diff] = ["-   replicas: 1", "+   replicas: 3"].map((line) =>
    JSON.stringify(line).slice(1, -1),
  );
  const bodies = [toSlackMessage(VIEW), toTeamsMessage(VIEW), toPagerDutyEvent(ALERT, "key")];
  for (const body of [...bodies, toPlainText(VIEW)]) {
    expect(JSON.stringify(body)).toContain(diff);
    expect(JSON.stringify(body)).toContain("would change Deployment shop/web");
  }
});

it("in Slack it is preformatted, and in Teams set in a fixed width", () => {
  const code = { type: "rich_text_preformatted", elements: [{ text: PREVIEW[0] }] };
  expect(toSlackMessage(VIEW).blocks).toMatchObject(
    expect.arrayContaining([
      expect.objectContaining({ elements: [expect.objectContaining({ type: code.type })] }),
    ]),
  );
  expect(JSON.stringify(toTeamsMessage(VIEW))).toContain(
    '{"type":"TextRun","text":"-   replicas: 1","fontType":"Monospace"}',
  );
});

it("an alert that asks for nothing has none", () => {
  expect(toAlertView(toAlert()).preview).toEqual([]);
  expect(JSON.stringify(toPagerDutyEvent(toAlert(), "key"))).not.toContain("preview");
});

it("a preview of the largest size is cut where a receiver has a limit", () => {
  const preview = Array.from({ length: 200 }, () => `would\n+ ${"x".repeat(150)}`);
  const view = toAlertView(toAlert({ preview }));
  expect(JSON.stringify(toSlackMessage(view)).length).toBeLessThan(20_000);
  expect(new TextEncoder().encode(JSON.stringify(toTeamsMessage(view))).length).toBeLessThan(
    28_000,
  );
});

it("no text of it is more than one line, or controls anything", () => {
  const view = toAlertView(toAlert({ preview: ["would\u001B[2J\n+ \u202Ea\r\nb"] }));
  expect(view.preview.join("")).not.toMatch(/\p{Cc}|\p{Cf}/u);
});
