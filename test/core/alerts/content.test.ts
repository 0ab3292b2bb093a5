import { describe, expect, it } from "vitest";
import { toAlertView } from "../../../core/alerts/alert-view.ts";
import { toPagerDutyEvent } from "../../../core/alerts/to-pagerduty.ts";
import { toPlainText } from "../../../core/alerts/to-plain-text.ts";
import { toSlackMessage } from "../../../core/alerts/to-slack.ts";
import { toTeamsMessage } from "../../../core/alerts/to-teams.ts";
import type { AlertData } from "../../../events/alert.ts";
import { toAlert } from "../../support/alert-message.ts";

const RUNBOOK = "https://runbooks.example.com/backup";
const CONTENT: Partial<AlertData> = {
  problem: undefined,
  title: "Nightly backup failed",
  severity: "critical",
  labels: { team: "data" },
  runbook: RUNBOOK,
  fields: [{ name: "Node", value: "worker-3" }],
  record: { namespace: "kubemend", name: "rerun-failed-backup-03ec" },
  outcome: { result: "succeeded", steps: ["created Job data/backup-retry"], tookMs: 4_100 },
};

/** Every form in which a person may get the alert. */
const FORMS: readonly (readonly [string, (data: Partial<AlertData>) => string])[] = [
  ["Slack", (data) => JSON.stringify(toSlackMessage(toAlertView(toAlert(data))))],
  ["Teams", (data) => JSON.stringify(toTeamsMessage(toAlertView(toAlert(data))))],
  ["PagerDuty", (data) => JSON.stringify(toPagerDutyEvent(toAlert(data), "key"))],
  ["text", (data) => toPlainText(toAlertView(toAlert(data)))],
];

describe.each(FORMS)("an alert in the form of %s", (_form, render) => {
  it("has title, fields, labels, runbook, what Kubemend did and how long it took, and the next command", () => {
    const text = render(CONTENT);
    expect(text).toContain("Nightly backup failed");
    expect(text).toContain("worker-3");
    expect(text).toContain("Label team");
    expect(text).toContain(RUNBOOK);
    expect(text).toContain("Kubemend has done what the rule says, after 4.1 s");
    expect(text).toContain("created Job data/backup-retry");
    expect(text).toContain("kubectl describe remediation rerun-failed-backup-03ec");
  });

  it("says why nothing was done", () => {
    const outcome = { result: "refused", steps: [] } as const;
    const problem = { code: "LoopDepth", message: "too deep" };
    const text = render({ ...CONTENT, problem, outcome });
    expect(text).toContain("LoopDepth: too deep");
    expect(text).toContain("Kubemend has refused, and nothing was done");
  });

  it("names the commands that decide, if it asks for an approval", () => {
    const text = render({ ...CONTENT, outcome: undefined, preview: ["create Job a"] });
    expect(text).toContain("kubemend approve rerun-failed-backup-03ec --namespace kubemend");
    expect(text).toContain("kubemend reject rerun-failed-backup-03ec --namespace kubemend");
  });
});

const LONG = "ä".repeat(500);
const MANY: Partial<AlertData> = {
  ...CONTENT,
  summary: "ä".repeat(4_000),
  title: LONG,
  fields: Array.from({ length: 20 }, (_, at) => ({ name: `f${at}`, value: LONG })),
  labels: Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`l${at}`, LONG.slice(0, 200)])),
  outcome: { result: "failed", steps: Array.from({ length: 11 }, () => LONG.slice(0, 300)) },
  preview: Array.from({ length: 30 }, () => LONG),
};

it("the longest content stays within the limits of Slack: blocks, fields and texts", () => {
  const { blocks } = toSlackMessage(toAlertView(toAlert(MANY)));
  expect(blocks.length).toBeLessThanOrEqual(50);
  const sections = blocks as readonly { readonly fields?: readonly { readonly text: string }[] }[];
  expect(Math.max(...sections.map(({ fields }) => fields?.length ?? 0))).toBeLessThanOrEqual(10);
  expect(JSON.stringify(blocks).length).toBeLessThan(40_000);
});

it("the longest content stays below 28 KB for Teams", () => {
  const bytes = Buffer.byteLength(JSON.stringify(toTeamsMessage(toAlertView(toAlert(MANY)))));
  expect(bytes).toBeLessThan(28 * 1024);
});

describe("a status", () => {
  it.each([
    ["firing", "trigger"],
    ["acknowledged", "acknowledge"],
    ["resolved", "resolve"],
  ] as const)("%s is the event %s of PagerDuty, under the key of the thread", (status, action) => {
    const thread = { key: "rerun-failed-backup/data" };
    expect(toPagerDutyEvent(toAlert({ status, thread }), "key")).toMatchObject({
      routing_key: "key",
      event_action: action,
      dedup_key: "rerun-failed-backup/data",
    });
  });

  it("resolved is in the title, for receivers that know no status", () => {
    expect(toAlertView(toAlert({ status: "resolved" })).title).toMatch(/^Resolved: /);
    expect(toPlainText(toAlertView(toAlert({ status: "resolved" })))).toMatch(/^Resolved: /);
  });
});

it("a runbook's address is a link by itself, and no text around it is interpreted", () => {
  const { blocks } = toSlackMessage(toAlertView(toAlert(CONTENT)));
  expect(JSON.stringify(blocks)).toContain(`{"type":"link","url":"${RUNBOOK}","text":"Runbook"}`);
  expect(JSON.stringify(blocks)).not.toContain("mrkdwn");
});
