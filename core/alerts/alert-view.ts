import {
  HELD_CODE,
  type AlertMessage,
  type AlertOutcome,
  type AlertSeverity,
  type AlertStatus,
} from "../../events/alert.ts";
import type { FoundReference } from "../../events/reference.ts";
import { describeAddress } from "../operations/describe-operation.ts";
import { toPrintable } from "../text/printable.ts";
import { toEnding, type Ending } from "./ending.ts";
import { toSeverity } from "../severity.ts";
import { shorten } from "../text/shorten.ts";

/** An alert as a person reads it, the same for every receiver. Every text is one printable line, except the summary. */
export type AlertView = {
  /** Stays the same however often the alert is delivered. */
  readonly id: string;
  readonly title: string;
  /** Printable. Each line begins with `> ` if there are several: a value of the cluster may have made them, to look like our own lines. */
  readonly summary: string;
  readonly severity: AlertSeverity;
  readonly status: AlertStatus;
  /** How it ended; absent: it has not. */
  readonly ending?: Ending | undefined;
  /** Messages about the same thing have the same key. */
  readonly threadKey: string;
  /** An https address. */
  readonly runbook?: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  /** Why Kubemend refused to act, or could not, with the code. */
  readonly problem?: string | undefined;
  /** The plan that waits for an approval, as lines: each step, and the diff of its object. */
  readonly preview: readonly string[];
  /** The actions of Kubemend, as lines; the first line says how they ended. Empty if it is not known. */
  readonly outcome: readonly string[];
  readonly facts: readonly { readonly name: string; readonly value: string }[];
  /** Commands for the next step. */
  readonly commands: readonly string[];
};

/** References beyond these are counted only. */
const REFERENCES_MAX = 5;
const VALUE_MAX_LENGTH = 500;
/** A rule has none that is longer. */
const RUNBOOK_MAX_LENGTH = 2_048;
/** Two names of 253 characters, and what is around them. */
const COMMAND_MAX_LENGTH = 700;
/** More than any alert of ours has. Whoever may send to the queue could write more than a receiver takes. */
const FACTS_MAX = 100;
const OUTCOME_MAX_LINES = 50;
const PREVIEW_MAX_LINES = 400;

/** The view of an alert that every receiver shows. `problem` makes it an error, otherwise it is a warning. */
export function toAlertView({ data, time }: AlertMessage): AlertView {
  const { cluster, rule, trigger, change, references, problem, preview = [] } = data;
  const { title, status = "firing", runbook, labels = {}, fields = [] } = data;
  const object = describeAddress(trigger);
  const { record, outcome } = data;
  const facts = [
    { name: "Object", value: object },
    { name: "Severity", value: toSeverity(data) },
    { name: "Cluster", value: cluster.name },
    ...fields,
    ...Object.entries(labels).map(([name, value]) => ({ name: `Label ${name}`, value })),
    ...(record === undefined
      ? []
      : [{ name: "Record", value: `${record.namespace}/${record.name}` }]),
    { name: "Rule", value: rule.id },
    { name: "Change", value: `${change.kind} at ${change.time}` },
    ...describeReferences(references),
    { name: "Alert", value: data.alertId },
    { name: "Sent", value: time },
  ];
  return {
    id: data.alertId,
    title: toLine(`${toPrefix(data)}${hasText(title) ? title : `${rule.id}: ${object}`}`),
    summary: quoteLines(data.summary.split(/\r?\n/).map(toPrintable)),
    severity: toSeverity(data),
    status,
    ending: toEnding(data),
    threadKey: data.thread?.key ?? data.alertId,
    ...(runbook === undefined || runbook.length > RUNBOOK_MAX_LENGTH
      ? {}
      : { runbook: toPrintable(runbook) }),
    labels,
    ...(problem === undefined ? {} : { problem: toLine(`${problem.code}: ${problem.message}`) }),
    preview: limitLines(
      preview.flatMap((step) => step.split("\n").map(toLine)),
      PREVIEW_MAX_LINES,
    ),
    outcome:
      outcome === undefined
        ? []
        : limitLines(describeOutcome(outcome).map(toLine), OUTCOME_MAX_LINES),
    facts: facts
      .slice(0, FACTS_MAX)
      .map(({ name, value }) => ({ name: toLine(name), value: toLine(value) })),
    // A part of a command would be another one.
    commands: toCommands(data).filter(({ length }) => length <= COMMAND_MAX_LENGTH),
  };
}

const ENDINGS: Readonly<Record<Ending, string>> = {
  well: "Resolved: ",
  gone: "Object gone: ",
  over: "Over: ",
};

/** An object that is gone is no longer a problem, but nobody knows whether it had become well. */
function toPrefix(data: AlertMessage["data"]): string {
  const ending = toEnding(data);
  if (ending !== undefined) return ENDINGS[ending];
  return data.status === "acknowledged" ? "Acknowledged: " : "";
}

const RESULTS = {
  succeeded: "Kubemend has done what the rule says",
  failed: "Kubemend has tried, and failed",
  refused: "Kubemend has refused, and nothing was done",
  unknown: "Kubemend has acted, and does not know how it ended",
} as const;

function describeOutcome({ result, steps, tookMs }: AlertOutcome): readonly string[] {
  const took = tookMs === undefined ? "" : `, after ${describeTime(tookMs)}`;
  return [`${RESULTS[result]}${took}`, ...steps.map((step) => `- ${step}`)];
}

function describeTime(ms: number): string {
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  const minutes = Math.round(ms / 60_000);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function quoteLines(lines: readonly string[]): string {
  return lines.length === 1 ? lines.join("") : lines.map((line) => `> ${line}`).join("\n");
}

function hasText(text: string | undefined): text is string {
  return text !== undefined && text.trim() !== "";
}

function limitLines(lines: readonly string[], max: number): readonly string[] {
  const more = lines.length - max;
  return more <= 0 ? lines : [...lines.slice(0, max), `… and ${more} more lines`];
}

function toLine(text: string): string {
  return toPrintable(shorten(text, VALUE_MAX_LENGTH));
}

function describeReferences(references: readonly FoundReference[]): AlertView["facts"] {
  const shown = references.slice(0, REFERENCES_MAX).map(({ relation, field, result }) => {
    const name = `Reference (${relation})`;
    if (result.outcome === "resolved") {
      return { name, value: `${describeAddress(result)} (${result.provenance})` };
    }
    const candidates = result.candidates.length === 0 ? "" : `, ${result.candidates.join(" or ")}`;
    return { name, value: `${field} cannot be resolved: ${result.reason}${candidates}` };
  });
  const more = references.length - shown.length;
  return more === 0 ? shown : [...shown, { name: "References", value: `${more} more` }];
}

/** An object's name is a name of the Kubernetes API, but it comes from outside: only such a one becomes part of a command. */
const NAME = /^[a-z0-9]([-.:a-z0-9]*[a-z0-9])?$/;

function toCommands(data: AlertMessage["data"]): readonly string[] {
  const { record, trigger, preview, problem, rule } = data;
  const guards =
    problem?.code === HELD_CODE && NAME.test(rule.id) ? [`kubemend guards ${rule.id}`] : [];
  if (record !== undefined && NAME.test(record.name) && NAME.test(record.namespace)) {
    const { name, namespace } = record;
    const decide = ["approve", "reject"].map(
      (decision) => `kubemend ${decision} ${name} --namespace ${namespace}`,
    );
    return [
      ...guards,
      ...(preview === undefined ? [] : decide),
      `kubectl describe remediation ${name} --namespace ${namespace}`,
    ];
  }
  const { kind, namespace, name } = trigger;
  if (!/^[A-Za-z]+$/.test(kind) || !NAME.test(name)) return guards;
  const within = namespace !== null && NAME.test(namespace) ? ` --namespace ${namespace}` : "";
  return [...guards, `kubectl describe ${kind.toLowerCase()} ${name}${within}`];
}
