import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { continueGroup } from "../../../core/alerts/groups/continue-group.ts";
import { takeAlerts } from "../../../core/alerts/groups/take-alerts.ts";
import type { AlertGroupStatus } from "../../../events/alert-group.ts";
import {
  ALERT_SEVERITIES,
  ALERT_STATUSES,
  parseAlertMessage,
  type AlertData,
  type AlertMessage,
} from "../../../events/alert.ts";
import type { FoundReference } from "../../../events/reference.ts";
import { alertOn, at, fails } from "../../core/alerts/groups/group-scene.ts";
import { toAlert } from "../../support/alert-message.ts";

/** An alert as notify reads it from its queue. */
function parse(text: string): AlertMessage {
  const parsed = parseAlertMessage(text);
  if (parsed.outcome === "refused") throw new Error(parsed.reason);
  return parsed.value;
}

const SAMPLES = new URL("../../../events/samples/alert-1/valid/", import.meta.url);

const samples = readdirSync(SAMPLES).map((file): [string, AlertMessage] => [
  `the sample ${file}`,
  parse(readFileSync(new URL(file, SAMPLES), "utf8")),
]);

const repeat = <T>(count: number, make: (index: number) => T): readonly T[] =>
  Array.from({ length: count }, (_none, index) => make(index));

function toReferences(count: number, text: string): readonly FoundReference[] {
  return repeat(count, (index) => ({
    relation: "owner",
    field: `metadata.ownerReferences[${index}].${text}`,
    result: { outcome: "unresolved", reason: "unknown-kind", candidates: [text] },
  })) as unknown as readonly FoundReference[];
}

/** Every text as long as this, everywhere. */
function toLong(text: (length: number) => string, scale = 1): AlertMessage {
  const { trigger } = toAlert().data;
  return toAlert({
    alertId: `backups-0/${text(200 * scale)}`,
    summary: text(4_096 * scale),
    title: text(200 * scale),
    runbook: `https://runbooks.example/${"r".repeat(2_000)}`,
    labels: Object.fromEntries(repeat(20, (index) => [`label-${index}`, text(200 * scale)])),
    fields: repeat(20, (index) => ({ name: `field ${index}`, value: text(500 * scale) })),
    problem: { code: "OwnerMissing", message: text(1_000 * scale) },
    outcome: { result: "failed", steps: repeat(10, () => text(300 * scale)), tookMs: 90_000 },
    preview: repeat(10, () => text(800 * scale)),
    references: toReferences(50, text(253)),
    trigger: { ...trigger, name: "n".repeat(253), namespace: "s".repeat(63) },
    thread: { key: text(300 * scale) },
  });
}

/** The messages of a group of 2,000 alerts and more. */
function listGroupMessages(): readonly [string, AlertMessage][] {
  const context = (seconds: number) => ({
    name: "backups-0",
    now: at(seconds),
    silences: [],
  });
  const names = repeat(2_100, (index) => `${"n".repeat(240)}-${index}`);
  const empty: AlertGroupStatus = { windowSeconds: 300, repeatSeconds: 3_600, open: [] };
  const alerts = names.map((name) => alertOn(name, { summary: "備".repeat(1_300) }));
  const taken = takeAlerts(empty, alerts, context(0));
  const closed = continueGroup(taken, [], context(300));
  const reminded = continueGroup(closed, [], context(7_200));
  const ended = continueGroup(reminded, fails(...names), context(7_500));
  return (ended.outbox ?? []).map(({ body }) => {
    const alert = parse(body);
    return [`the message "${alert.data.group?.reason}" of a group of 2,100`, alert];
  });
}

const SMALLEST = toAlert({
  alertId: "a",
  summary: "",
  references: [],
  problem: undefined,
  record: undefined,
});

const ODD: Readonly<Record<string, string>> = {
  "control characters": "\u0000\u0001\u001b[31m\u007f\r\n\t",
  "halves of surrogate pairs": "\ud800 \udc00",
  "text from right to left": "\u202eevil\u2066 \u200b\u00ad",
  emoji: "👩‍👩‍👧‍👦🔥🇩🇪",
  markup: "<!channel> <https://e.example|x> & *b* `c` [a](https://e.example) @everyone </at>",
  quotes: `"'\\\`\${x}`,
  noncharacters: "\ufffe\uffff",
  "white space only": " \n\t ",
};

/** Alerts at every edge, by name. */
export function listEdges(): readonly [string, AlertMessage][] {
  const status = ALERT_STATUSES.map((one): [string, AlertMessage] => [
    `an alert that is ${one}`,
    toAlert({ status: one, alertId: "backups-0/resolved@2026-11-27T09:00:00.000Z" }),
  ]);
  const odd = Object.entries(ODD).flatMap(([what, text]): [string, AlertMessage][] => [
    [`texts of ${what}`, toLong((length) => text.slice(0, length))],
    [`long texts of ${what}`, toLong((length) => text.repeat(length).slice(0, length))],
  ]);
  return [
    ...samples,
    ...status,
    ["the smallest alert", SMALLEST],
    ["the largest alert that a rule can make", toLong((length) => "x".repeat(length))],
    ["the largest alert in Chinese", toLong((length) => "備".repeat(length))],
    ["a larger alert than any rule can make", toLong((length) => "x".repeat(length), 10)],
    ["a larger alert in quotes", toLong((length) => '"'.repeat(length), 8)],
    ...listGroupMessages(),
    [
      "more lines, labels and fields than any alert of ours has",
      toAlert({
        preview: repeat(30_000, (index) => `step ${index}`),
        labels: Object.fromEntries(repeat(5_000, (index) => [`label-${index}`, "x".repeat(90)])),
        fields: repeat(3_000, (index) => ({ name: `field ${index}`, value: "y".repeat(90) })),
      }),
    ],
    ...odd,
  ];
}

const word = fc.oneof(
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.string({ unit: "grapheme", maxLength: 3_000 }),
  fc.constantFrom(...Object.values(ODD)),
);
const name = fc.stringMatching(/^[a-z0-9]{1,60}$/);

/** Any alert of the contract. */
export const anyAlert: fc.Arbitrary<AlertMessage> = fc
  .record<Partial<AlertData>>(
    {
      alertId: name.map((id) => `${id}/2026-11-27T09:00:00.000Z`),
      summary: word,
      title: word,
      severity: fc.constantFrom(...ALERT_SEVERITIES),
      status: fc.constantFrom(...ALERT_STATUSES),
      labels: fc.dictionary(name, word, { maxKeys: 20 }),
      runbook: name.map((path) => `https://runbooks.example/${path}`),
      fields: fc.array(fc.record({ name: word, value: word }), { maxLength: 20 }),
      problem: fc.record({ code: name, message: word }),
      preview: fc.array(word, { maxLength: 30 }),
      outcome: fc.record({
        result: fc.constantFrom("succeeded", "failed", "refused", "unknown"),
        steps: fc.array(word, { maxLength: 10 }),
      }),
      references: fc.tuple(fc.nat(30), word).map(([count, text]) => toReferences(count, text)),
      thread: fc.record({ key: name }),
    },
    { requiredKeys: ["alertId", "summary"] },
  )
  .map((data) => parse(JSON.stringify(toAlert(data))));
