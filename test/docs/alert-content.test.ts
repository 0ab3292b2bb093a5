import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { toAlertView } from "../../core/alerts/alert-view.ts";
import { toDelivered } from "../../core/alerts/to-delivered.ts";
import { toEventDetail } from "../../core/alerts/to-event-detail.ts";
import { toPagerDutyEvent } from "../../core/alerts/to-pagerduty.ts";
import { toPlainText } from "../../core/alerts/to-plain-text.ts";
import { toSlackMessage } from "../../core/alerts/to-slack.ts";
import { toTeamsMessage } from "../../core/alerts/to-teams.ts";
import { readField } from "../../core/json/read-json.ts";
import type { AlertMessage } from "../../events/alert.ts";
import { toAlert } from "../support/alert-message.ts";

const DOC = readFileSync(new URL("../../docs/alerts.md", import.meta.url), "utf8");

/** An alert that has everything. What it leaves out, receivers must get all the same: its severity is an error, because it has a problem. */
function toWhole(): AlertMessage {
  return toAlert({
    title: "the title",
    summary: "the summary",
    severity: undefined,
    status: undefined,
    change: { id: "c".repeat(64), kind: "modified", time: "2026-11-27T09:00:00.000Z" },
    trigger: { apiVersion: "batch/v1", kind: "Job", namespace: "data", name: "the-job", uid: "u" },
    references: [
      {
        relation: "owner",
        field: "metadata.ownerReferences[0]",
        result: {
          outcome: "resolved",
          group: "batch",
          version: "v1",
          resource: "cronjobs",
          apiVersion: "batch/v1",
          kind: "CronJob",
          namespace: "data",
          name: "the-cron-job",
          provenance: "discovery",
        } as never,
      },
    ],
    cluster: { name: "the-cluster", uid: "cluster-uid" },
    rule: { id: "the-rule", digest: "digest" },
    problem: { code: "TheProblem", message: "the reason" },
    outcome: { result: "failed", steps: ["created Job data/the-new-job"], tookMs: 12_300 },
    record: { namespace: "kubemend", name: "the-record" },
    preview: ["the first step"],
    runbook: "https://runbooks.example.com/the-runbook",
    labels: { team: "the-team" },
    fields: [{ name: "Node", value: "the-node" }],
  });
}

const ALERT = toWhole();
const VIEW = toAlertView(ALERT);

/** What each receiver is sent, by the column of the table. */
const SENT: Readonly<Record<string, unknown>> = {
  Slack: toSlackMessage(VIEW),
  Teams: toTeamsMessage(VIEW),
  PagerDuty: toPagerDutyEvent(ALERT, "key"),
  Webhook: toDelivered(ALERT),
  SNS: toPlainText(VIEW),
  EventBridge: JSON.parse(toEventDetail(toDelivered(ALERT).data)) as unknown,
};

/** What must be found of each content: a text for people, and one for data. */
const FOUND: Readonly<Record<string, readonly [people: string, data: string]>> = {
  "title, which says whether it is over": ["the title", "the title"],
  summary: ["the summary", "the summary"],
  severity: ["error", "error"],
  status: ["", "firing"],
  "what happened, and when": ["modified at 2026-11-27", "modified"],
  "the object": ["Job data/the-job", "the-job"],
  "its references, with their provenance": [
    "CronJob data/the-cron-job (discovery)",
    "the-cron-job",
  ],
  "the cluster": ["the-cluster", "the-cluster"],
  "the rule": ["the-rule", "the-rule"],
  "why Kubemend did nothing, or failed": ["TheProblem: the reason", "TheProblem"],
  "what Kubemend did": ["created Job data/the-new-job", "created Job data/the-new-job"],
  "how long it took": ["after 12.3 s", "12300"],
  "the record": ["kubemend/the-record", "the-record"],
  "the steps that wait for an approval": ["the first step", "the first step"],
  "commands for the next step": ["kubemend approve the-record", "kubemend approve the-record"],
  runbook: ["/the-runbook", "/the-runbook"],
  "labels of the rule": ["the-team", "the-team"],
  "fields of the rule": ["the-node", "the-node"],
};

/** How receivers for people show that an alert is an error and not over. An attribute is no part of the text. */
const STATUSES: Readonly<Record<string, string>> = {
  Slack: "🔴",
  Teams: "Attention",
  PagerDuty: "trigger",
  SNS: "",
};

type Cell = { readonly content: string; readonly column: string; readonly cell: string };

function readTable(): readonly Cell[] {
  const rows = DOC.split("\n").map((line) => line.split("|").map((cell) => cell.trim()));
  const at = rows.findIndex(([, first]) => first === "Content");
  const [, , ...columns] = rows[at] ?? [];
  const end = rows.findIndex((row, index) => index > at && row.length < columns.length);
  return rows.slice(at + 2, end).flatMap(([, content = "", ...cells]) =>
    columns.flatMap((column, index) => {
      const cell = cells[index] ?? "";
      return column === "" ? [] : [{ content, column, cell }];
    }),
  );
}

const TABLE = readTable();

test("the table has a column for each kind of receiver, and a row for each content", () => {
  expect(new Set(TABLE.map(({ column }) => column))).toEqual(new Set(Object.keys(SENT)));
  expect(new Set(TABLE.map(({ content }) => content))).toEqual(new Set(Object.keys(FOUND)));
});

test.each(TABLE)("$column gets $content: $cell", ({ content, column, cell }) => {
  const sent = SENT[column];
  const path = /^`([^`]+)`$/.exec(cell)?.[1];
  const part = path === undefined ? sent : readField(sent, ...path.split("."));
  const [people, data] = FOUND[content] ?? ["?", "?"];
  const isData = column === "Webhook" || column === "EventBridge";
  const text = typeof part === "string" ? part : JSON.stringify(part);
  const status = content === "status" ? STATUSES[column] : undefined;
  expect(text).toContain(status ?? (isData ? data : people));
});
