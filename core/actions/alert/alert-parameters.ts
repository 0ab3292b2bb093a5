import * as v from "valibot";
import { ALERT_SEVERITIES, DEFAULT_RECEIVER, type AlertSeverity } from "../../../events/alert.ts";
import { ruleValueSchema, type RuleValue } from "../contract/rule-value.ts";

/** The parameters of the action `alert`. `title`, `summary` and the values of `fields` are CEL over the trigger that gives text. */
export type AlertParameters = {
  /** A name of the pipeline's `receivers`. */
  readonly to: string;
  readonly title?: string | undefined;
  readonly summary: string;
  readonly severity?: RuleValue<AlertSeverity> | undefined;
  readonly labels?: Readonly<Record<string, RuleValue<string>>> | undefined;
  readonly runbook?: RuleValue<string> | undefined;
  readonly fields?: Readonly<Record<string, string>> | undefined;
};

/** What receivers show at once; PagerDuty and e-mail have room for more, and people do not. */
const FIELDS_MAX = 20;
const LABELS_MAX = 20;

const text = v.pipe(v.string(), v.nonEmpty("expected a text"));
const cel = v.pipe(v.string("expected CEL that gives text"), v.nonEmpty("expected CEL"));

const severity = v.picklist(ALERT_SEVERITIES, `expected one of ${ALERT_SEVERITIES.join(", ")}`);

const fieldName = v.pipe(
  v.string(),
  v.regex(/^[^\p{C}]{1,60}$/u, "expected a name of at most 60 characters"),
);
const labelName = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9]([-_./A-Za-z0-9]{0,61}[A-Za-z0-9])?$/, "expected a name such as team"),
);

/** https://, and nothing that could end it where it is shown. */
export const RUNBOOK: RegExp = /^https:\/\/[^\s<>|"'`\\]{1,2000}$/;

export const alertSchema: v.GenericSchema<unknown, AlertParameters> = v.strictObject({
  to: v.optional(text, DEFAULT_RECEIVER),
  title: v.optional(cel),
  summary: text,
  severity: v.optional(ruleValueSchema(severity, `one of ${ALERT_SEVERITIES.join(", ")}`)),
  labels: v.optional(
    v.pipe(
      v.record(labelName, ruleValueSchema(v.string("expected a text"), "a text")),
      v.maxEntries(LABELS_MAX, `has more than ${LABELS_MAX} labels`),
    ),
  ),
  runbook: v.optional(
    ruleValueSchema(
      v.pipe(v.string(), v.regex(RUNBOOK, "expected an https:// address")),
      "an https:// address",
    ),
  ),
  fields: v.optional(
    v.pipe(
      v.record(fieldName, cel),
      v.maxEntries(FIELDS_MAX, `has more than ${FIELDS_MAX} fields`),
    ),
  ),
});
