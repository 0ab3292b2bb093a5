import { ALERT_SEVERITIES, type AlertContent, type AlertSeverity } from "../../../events/alert.ts";
import { toGreater } from "../../severity.ts";
import { limitText } from "../../text/limit-text.ts";
import { readRuleValue, type RuleValue } from "../contract/rule-value.ts";
import { RUNBOOK, type AlertParameters } from "./alert-parameters.ts";

const TITLE_MAX_LENGTH = 200;
const LABEL_MAX_LENGTH = 200;
const FIELD_MAX_LENGTH = 500;

type Written = Omit<AlertParameters, "to" | "summary">;

/**
 * The parts of an alert that its rule sets, bounded. None of them can prevent the alert: one that cannot be evaluated is replaced by the error,
 * and a severity or a runbook that is none becomes a field, where a person sees it.
 */
export function toContent(
  written: Written,
  evaluateText: (expression: string, what: string) => string,
): AlertContent {
  const evaluate = (value: RuleValue<string>, what: string, max: number): string =>
    limitText(String(readRuleValue(value, (cel) => evaluateText(cel, what))), max);
  const { title, labels, fields = {} } = written;
  const severity = read(written.severity, "severity", evaluate, isSeverity);
  const { severityAtLeast } = written;
  const isRead = typeof written.severity === "object";
  const runbook = read(written.runbook, "runbook", evaluate, (text) => RUNBOOK.test(text));
  const shown = [
    ...Object.entries(fields).map(([name, cel]) => ({
      name,
      value: evaluate({ cel }, `field ${name}`, FIELD_MAX_LENGTH),
    })),
    ...severity.fields,
    ...runbook.fields,
  ];
  return {
    ...(title === undefined ? {} : { title: evaluate({ cel: title }, "title", TITLE_MAX_LENGTH) }),
    ...toSeverityContent(severity.value as AlertSeverity | undefined, severityAtLeast, isRead),
    ...(labels === undefined ? {} : { labels: toLabels(labels, evaluate) }),
    ...(runbook.value === undefined ? {} : { runbook: runbook.value }),
    ...(shown.length === 0 ? {} : { fields: shown }),
  };
}

/**
 * A severity that is read from the object is not below `severityAtLeast` of the rule. Without that it is not below the usual severity, which
 * is known when the alert is sent.
 */
function toSeverityContent(
  severity: AlertSeverity | undefined,
  atLeast: AlertSeverity | undefined,
  isRead: boolean,
): Pick<AlertContent, "severity" | "severityFrom"> {
  if (severity === undefined) return {};
  if (!isRead) return { severity };
  if (atLeast === undefined) return { severity, severityFrom: "object" };
  return { severity: toGreater(severity, atLeast) };
}

type Evaluate = (value: RuleValue<string>, what: string, max: number) => string;

/** A value that must be of a form; as a field if it is not. */
function read(
  value: RuleValue<string> | undefined,
  what: string,
  evaluate: Evaluate,
  isRight: (text: string) => boolean,
): { readonly value?: string; readonly fields: NonNullable<AlertContent["fields"]> } {
  if (value === undefined) return { fields: [] };
  const text = evaluate(value, what, 2_010);
  if (isRight(text)) return { value: text, fields: [] };
  return { fields: [{ name: what, value: limitText(text, FIELD_MAX_LENGTH) }] };
}

function isSeverity(text: string): boolean {
  return (ALERT_SEVERITIES as readonly string[]).includes(text);
}

function toLabels(
  labels: NonNullable<AlertParameters["labels"]>,
  evaluate: Evaluate,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(labels).map(([name, value]) => [
      name,
      evaluate(value, `label ${name}`, LABEL_MAX_LENGTH),
    ]),
  );
}
