import * as v from "valibot";
import { parseMessage, type Parsed } from "./contract.ts";
import { changeSummarySchema, type ChangeSummary } from "./request.ts";
import { threadHandle } from "./thread-handle.ts";
import { foundReferencesSchema, type FoundReference } from "./reference.ts";

/** Contract of `alerts` (standard queue). */
export const ALERT_CONTRACT = 1;
export const ALERT_SCHEMA_URN: string = `urn:kubemend:alert:${ALERT_CONTRACT}`;

/** The code of the problem of an alert about remediations that a guard holds back. */
export const HELD_CODE = "HeldBack";

/** The receiver of alerts whose rule names none. */
export const DEFAULT_RECEIVER = "default";

/** The most severe first. */
export const ALERT_SEVERITIES = ["critical", "error", "warning", "info"] as const;
export type AlertSeverity = (typeof ALERT_SEVERITIES)[number];

export const ALERT_STATUSES = ["firing", "acknowledged", "resolved"] as const;
export type AlertStatus = (typeof ALERT_STATUSES)[number];

/**
 * Why an alert is over. `fails`: the condition no longer holds. `remediated`: the remediation succeeded. `released`: no remediation is held
 * back any more. `gone`: the object is gone, which says nothing about how it was. `noRule`: the pipeline no longer has the rule.
 */
export const ALERT_ENDS = ["fails", "remediated", "released", "gone", "noRule"] as const;
export type AlertEndReason = (typeof ALERT_ENDS)[number];

/** How many alerts are over for each reason. */
export type AlertEnds = { readonly [Why in AlertEndReason]?: number | undefined };

/** The parts of an alert that its rule can set. */
export type AlertContent = {
  /** One line in place of the rule and the object. */
  readonly title?: string | undefined;
  /** Absent: `error` if the alert has a problem, otherwise `warning`. */
  readonly severity?: AlertSeverity | undefined;
  /** `object`: it was read from the object, so it cannot be below what it would be if it were absent. Absent: the rule says it. */
  readonly severityFrom?: "object" | undefined;
  /** For receivers and routes that select by them. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** An https address. */
  readonly runbook?: string | undefined;
  readonly fields?: readonly { readonly name: string; readonly value: string }[] | undefined;
};

/** The actions of Kubemend before the alert was sent. */
export type AlertOutcome = {
  readonly result: "succeeded" | "failed" | "refused" | "unknown";
  /** A line for each thing that was done, or was not. */
  readonly steps: readonly string[];
  /** From the start of the remediation, in ms. */
  readonly tookMs?: number | undefined;
};

/** How an alert is grouped with others, as its rule says. Alerts of one namespace with the same `key` are in one group. */
export type AlertGrouping = {
  readonly key?: string | undefined;
  /** Those of other namespaces, too. */
  readonly acrossNamespaces?: boolean | undefined;
  readonly windowSeconds?: number | undefined;
  readonly repeatSeconds?: number | undefined;
};

/** The state of the group of an alert, in its message. A group is of one rule and one receiver. */
export type AlertGroupSummary = {
  /** Name of the AlertGroup. */
  readonly name: string;
  /**
   * `first`: the alert itself, as nothing was sent lately, or nothing as severe. `window`: the alerts that came since. `repeat`: alerts that
   * are still open. `resolved`: no alert of the group is open any more.
   */
  readonly reason: "first" | "window" | "repeat" | "resolved";
  /** When the first alert came since the group had none open: together with the name it identifies what people call an incident. */
  readonly since: string;
  /** How many alerts the message is about. */
  readonly alerts: number;
  /** How many objects they are about, if these are fewer. */
  readonly objects?: number | undefined;
  /** There are more than `alerts`, and they were not counted. */
  readonly isMore?: boolean | undefined;
  /** On how many objects an alert is open. Those that are silenced are not counted. */
  readonly open: number;
  /** Why those are over that are: absent if none is. */
  readonly ended?: AlertEnds | undefined;
  /** The objects of the first ten. */
  readonly names: readonly string[];
};

export type AlertData = AlertContent & {
  /** Name of the episode's record, followed by `/<step>` if the alert is a step of it: an alert keeps its id however often it is sent. */
  readonly alertId: string;
  readonly cluster: { readonly name: string; readonly uid: string };
  readonly rule: { readonly id: string; readonly digest: string };
  readonly to: string;
  readonly summary: string;
  readonly change: ChangeSummary;
  readonly trigger: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly namespace: string | null;
    readonly name: string;
    readonly uid: string;
  };
  readonly references: readonly FoundReference[];
  /** The record that the alert is a step of; absent for a rule that only alerts, which has none. */
  readonly record?: { readonly namespace: string; readonly name: string } | undefined;
  /** Set if the alert reports something that Kubemend refused or could not do. */
  readonly problem?: { readonly code: string; readonly message: string } | undefined;
  /** Set if the alert asks for an approval: a text for each step of the plan, its first line the step, the others the diff of its object. */
  readonly preview?: readonly string[] | undefined;
  /** Absent: firing. */
  readonly status?: AlertStatus | undefined;
  /** Messages about the same thing have the same key: they are one incident of PagerDuty. Absent: the alert is alone, and its id is the key. */
  readonly thread?:
    | {
        readonly key: string;
        /** The place of the thread at the receiver, as `data.thread.handle` of a wake-up. Believed only in a signed message. */
        readonly handle?: string | undefined;
      }
    | undefined;
  /** Set if the alert is a step of a record and reports how it ended. */
  readonly outcome?: AlertOutcome | undefined;
  /** `off`: it is sent by itself. Absent: grouped by the namespace of the trigger, with the usual times. Only functions read it. */
  readonly grouping?: "off" | AlertGrouping | undefined;
  /** For the next step. Receivers of data get them with the message; on the queue there are none. */
  readonly commands?: readonly string[] | undefined;
  /** Set if the message was sent by a group; absent: it is one alert, and nobody has counted others. */
  readonly group?: AlertGroupSummary | undefined;
};

export type AlertMessage = {
  readonly specversion: "1.0";
  readonly id: string;
  readonly source: string;
  readonly type: "dev.kubemend.alert";
  readonly subject: string;
  readonly time: string;
  readonly dataschema: string;
  readonly traceparent: string;
  readonly data: AlertData;
};

const text = v.pipe(v.string(), v.nonEmpty());

const content = {
  title: v.optional(v.string()),
  severity: v.optional(v.picklist(ALERT_SEVERITIES)),
  severityFrom: v.optional(v.literal("object")),
  labels: v.optional(v.record(v.string(), v.string())),
  runbook: v.optional(v.pipe(v.string(), v.startsWith("https://"))),
  fields: v.optional(v.array(v.looseObject({ name: v.string(), value: v.string() }))),
};

/** As the plan of a record keeps it. */
export const alertContentSchema: v.GenericSchema<unknown, AlertContent> = v.looseObject(content);

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

export const alertGroupingSchema: v.GenericSchema<unknown, "off" | AlertGrouping> = v.union([
  v.literal("off"),
  v.looseObject({
    key: v.optional(v.string()),
    acrossNamespaces: v.optional(v.boolean()),
    windowSeconds: v.optional(count),
    repeatSeconds: v.optional(count),
  }),
]);

export const alertEndsSchema: v.GenericSchema<unknown, AlertEnds> = v.looseObject({
  fails: v.optional(count),
  remediated: v.optional(count),
  released: v.optional(count),
  gone: v.optional(count),
  noRule: v.optional(count),
});

const groupSummarySchema: v.GenericSchema<unknown, AlertGroupSummary> = v.looseObject({
  name: text,
  reason: v.picklist(["first", "window", "repeat", "resolved"]),
  since: v.pipe(v.string(), v.isoTimestamp()),
  alerts: count,
  objects: v.optional(count),
  isMore: v.optional(v.boolean()),
  open: count,
  ended: v.optional(alertEndsSchema),
  names: v.array(v.string()),
});

export const alertMessageSchema: v.GenericSchema<unknown, AlertMessage> = v.looseObject({
  specversion: v.literal("1.0"),
  id: text,
  source: v.pipe(v.string(), v.startsWith("/clusters/")),
  type: v.literal("dev.kubemend.alert"),
  subject: text,
  time: v.pipe(v.string(), v.isoTimestamp()),
  dataschema: v.pipe(v.string(), v.startsWith("urn:kubemend:alert:")),
  traceparent: text,
  data: v.looseObject({
    alertId: text,
    cluster: v.looseObject({ name: text, uid: text }),
    rule: v.looseObject({ id: text, digest: text }),
    to: text,
    summary: v.string(),
    change: changeSummarySchema,
    trigger: v.looseObject({
      apiVersion: text,
      kind: text,
      namespace: v.nullable(v.string()),
      name: text,
      uid: text,
    }),
    references: foundReferencesSchema,
    record: v.optional(v.looseObject({ namespace: text, name: text })),
    problem: v.optional(v.looseObject({ code: text, message: v.string() })),
    preview: v.optional(v.array(v.string())),
    ...content,
    status: v.optional(v.picklist(ALERT_STATUSES)),
    thread: v.optional(v.looseObject({ key: text, handle: v.optional(threadHandle) })),
    outcome: v.optional(
      v.looseObject({
        result: v.picklist(["succeeded", "failed", "refused", "unknown"]),
        steps: v.array(v.string()),
        tookMs: v.optional(v.number()),
      }),
    ),
    grouping: v.optional(alertGroupingSchema),
    commands: v.optional(v.array(v.string())),
    group: v.optional(groupSummarySchema),
  }),
});

/** Reads an alert; never throws. */
export function parseAlertMessage(body: string): Parsed<AlertMessage> {
  return parseMessage(body, "alert", ALERT_CONTRACT, alertMessageSchema);
}
