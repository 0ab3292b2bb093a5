import * as v from "valibot";
import { ALERT_SEVERITIES, DEFAULT_RECEIVER, type AlertSeverity } from "../../../events/alert.ts";
import { parseDuration } from "../../text/duration.ts";
import { durationSchema } from "../contract/duration-schema.ts";
import type { GroupingParameters } from "./grouping.ts";
import { ruleValueSchema, type RuleValue } from "../contract/rule-value.ts";

/** The parameters of the action `alert`. `title`, `summary` and the values of `fields` are CEL over the trigger that gives text. */
export type AlertParameters = {
  /** A name of the pipeline's `receivers`. */
  readonly to: string;
  readonly title?: string | undefined;
  readonly summary: string;
  readonly severity?: RuleValue<AlertSeverity> | undefined;
  /** A severity that is read from the object is not below this one. Absent: not below what the alert would have without it. */
  readonly severityAtLeast?: AlertSeverity | undefined;
  readonly labels?: Readonly<Record<string, RuleValue<string>>> | undefined;
  readonly runbook?: RuleValue<string> | undefined;
  readonly fields?: Readonly<Record<string, string>> | undefined;
} & GroupingParameters;

/** As many as receivers show at once. PagerDuty and e-mail could show more, but people would not read them. */
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

/** A longer window would be one that nobody wakes the group for in time: what was collected is news for people. */
const WINDOW_MAX_MS = 24 * 3_600_000;

const grouping = {
  group: v.optional(v.literal("off", "expected off, or nothing")),
  groupBy: v.optional(v.pipe(v.string("expected CEL that gives text"), v.nonEmpty("expected CEL"))),
  acrossNamespaces: v.optional(v.boolean("expected true or false")),
  window: v.optional(
    v.pipe(
      durationSchema,
      v.check((text) => (parseDuration(text) ?? 0) <= WINDOW_MAX_MS, "expected at most 24h"),
    ),
  ),
  repeat: v.optional(durationSchema),
};

const parametersSchema: v.GenericSchema<unknown, AlertParameters> = v.strictObject({
  to: v.optional(text, DEFAULT_RECEIVER),
  title: v.optional(cel),
  summary: text,
  severity: v.optional(ruleValueSchema(severity, `one of ${ALERT_SEVERITIES.join(", ")}`)),
  severityAtLeast: v.optional(severity),
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
  ...grouping,
});

export const alertSchema: v.GenericSchema<unknown, AlertParameters> = v.pipe(
  parametersSchema,
  v.check(
    ({ severity, severityAtLeast }) =>
      severityAtLeast === undefined || typeof severity === "object",
    "severityAtLeast is about a severity that is read from the object: write severity: { cel: ... }",
  ),
  v.check(
    ({ group, groupBy, acrossNamespaces, window, repeat }) =>
      group === undefined || (groupBy ?? acrossNamespaces ?? window ?? repeat) === undefined,
    "group: off leaves nothing for groupBy, acrossNamespaces, window and repeat to say",
  ),
);
