import * as v from "valibot";
import {
  ALERT_ENDS,
  ALERT_SEVERITIES,
  alertEndsSchema,
  type AlertEndReason,
  type AlertEnds,
  type AlertSeverity,
} from "./alert.ts";
import { RECORD_API_VERSION } from "./remediation.ts";
import {
  storedClusterSchema,
  storedMetadataSchema,
  storedTime as time,
  type StoredMetadata,
} from "./stored-object.ts";
import { threadHandle } from "./thread-handle.ts";

/** The state of a group of alerts, a custom resource in the source cluster: `infra/crds/alert-groups.yaml` is its schema for the API server. */
export const ALERT_GROUP_RESOURCE = "alertgroups";
export const ALERT_GROUP_KIND = "AlertGroup";

/** The rule of a group, by which people select groups. */
export const ALERT_GROUP_RULE_LABEL = "kubemend.dev/rule";
/** The uid of the cluster whose objects the group is about. */
export const ALERT_GROUP_CLUSTER_LABEL = "kubemend.dev/cluster";

/**
 * Alerts of one rule are in separate groups if they report that it matched, report a problem, report that a guard holds remediations back,
 * or come from a message that anybody may have sent: neither of them hides another.
 */
const ALERT_CLASSES = ["match", "problem", "held", "unverified"] as const;
export type AlertClass = (typeof ALERT_CLASSES)[number];

export type AlertGroupSpec = {
  readonly cluster: { readonly name: string; readonly uid: string };
  readonly rule: string;
  /** The receiver. */
  readonly to: string;
  readonly class: AlertClass;
  /** What else the alerts have in common: the namespace, or the value of the rule's `groupBy`. */
  readonly key: string;
};

/** An object with an alert whose condition held when it was checked last. */
export type OpenAlert = {
  /** 16 hex digits of the hash of the `alertId` of its last alert. */
  readonly id: string;
  /** Those of some alerts before it: they are not counted again if they are sent again. */
  readonly earlier?: readonly string[] | undefined;
  /** RFC 3339 ms, as all times here. */
  readonly at: string;
  readonly kind: string;
  readonly namespace: string | null;
  readonly name: string;
  readonly uid: string;
  /** Of its last alert, for silences, as the labels. Absent: an older version has stored it, and it is not known. */
  readonly severity?: AlertSeverity | undefined;
  /** 8 hex digits of the hash of each of the first ten labels that the rule gave it. */
  readonly labels?: readonly string[] | undefined;
  /** The record that its alert is a step of. */
  readonly record?: string | undefined;
  /** It reports something that happened, which cannot end: it is removed after a time. */
  readonly isEvent?: boolean | undefined;
  /** It is over. It is kept until the window ends, so that it is not counted again in it. */
  readonly resolvedAt?: string | undefined;
  /** Absent: `fails`. */
  readonly why?: AlertEndReason | undefined;
  /** It is counted in `collected`. */
  readonly isCollected?: boolean | undefined;
  /** The silence because of which it is counted in `silenced`. */
  readonly silencedBy?: string | undefined;
  /** In addition to that: the receiver was sent an alert on it before it was silenced. */
  readonly wasSent?: boolean | undefined;
};

/** Alerts that were counted and that the receiver has not been sent yet. */
export type CollectedAlerts = {
  /** The objects. */
  readonly count: number;
  /** The alerts on them, if these are more. */
  readonly alerts?: number | undefined;
  readonly isMore?: boolean | undefined;
  /** The objects of the first ten. */
  readonly names: readonly string[];
  readonly since: string;
  /** The most severe of them, and of those the first: the JSON text of its message. */
  readonly alert: string;
};

export type SilencedAlerts = CollectedAlerts & {
  /** The silence that ends last, and when. */
  readonly silence: string;
  readonly until: string;
};

/** A message that is to be sent, or that was sent a moment ago. It is removed once the queue has accepted it. */
export type OutboxMessage = {
  /** The `alertId` under which it is sent, however often. */
  readonly id: string;
  readonly at: string;
  readonly body: string;
};

export type AlertGroupStatus = {
  readonly windowSeconds: number;
  readonly repeatSeconds: number;
  readonly open: readonly OpenAlert[];
  /** There are more open alerts than the group can hold, and the others are not counted. */
  readonly isFull?: boolean | undefined;
  /** The last message said that no alert is open. */
  readonly isOver?: boolean | undefined;
  /** The alerts that are over and were removed, since none was open before. */
  readonly ended?: AlertEnds | undefined;
  /** The digest of the rule that sent the last alert. */
  readonly digest?: string | undefined;
  /** When the first alert came since none was open. */
  readonly since?: string | undefined;
  readonly lastAt?: string | undefined;
  /** Until then alerts are collected; absent or in the past: the next one is sent at once. */
  readonly windowEndsAt?: string | undefined;
  readonly collected?: CollectedAlerts | undefined;
  readonly silenced?: SilencedAlerts | undefined;
  readonly outbox?: readonly OutboxMessage[] | undefined;
  /** When a message was last put into the outbox, and the alert that it showed: JSON text. Absent: none since `since`. */
  readonly sentAt?: string | undefined;
  readonly shown?: string | undefined;
  /** The most severe severity that was sent since the last window began. Absent: an older version has sent the messages. */
  readonly sentSeverity?: AlertSeverity | undefined;
  /** The thread that the receiver handed out for the first message of the incident with this key. */
  readonly thread?: { readonly key: string; readonly handle: string } | undefined;
  /** When the group must be checked. */
  readonly wakeAt?: string | undefined;
  /** The index of the open alert with which the next check begins, if the last one could not cover them all. */
  readonly checked?: number | undefined;
};

export type AlertGroup = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: StoredMetadata;
  readonly spec: AlertGroupSpec;
  readonly status: AlertGroupStatus;
};

const text = v.pipe(v.string(), v.nonEmpty());
const count = v.pipe(v.number(), v.integer(), v.minValue(0));

const collected = {
  count,
  alerts: v.optional(count),
  isMore: v.optional(v.boolean()),
  names: v.array(v.string()),
  since: time,
  alert: text,
};

const statusSchema = v.looseObject({
  windowSeconds: count,
  repeatSeconds: count,
  open: v.array(
    v.looseObject({
      id: text,
      earlier: v.optional(v.array(text)),
      at: time,
      kind: v.string(),
      // An API server drops a null that is not declared as nullable.
      namespace: v.optional(v.nullable(v.string()), null),
      name: text,
      uid: text,
      severity: v.optional(v.picklist(ALERT_SEVERITIES)),
      labels: v.optional(v.array(text)),
      record: v.optional(text),
      isEvent: v.optional(v.boolean()),
      resolvedAt: v.optional(time),
      why: v.optional(v.picklist(ALERT_ENDS)),
      isCollected: v.optional(v.boolean()),
      silencedBy: v.optional(text),
      wasSent: v.optional(v.boolean()),
    }),
  ),
  isFull: v.optional(v.boolean()),
  isOver: v.optional(v.boolean()),
  ended: v.optional(alertEndsSchema),
  digest: v.optional(text),
  since: v.optional(time),
  lastAt: v.optional(time),
  windowEndsAt: v.optional(time),
  collected: v.optional(v.looseObject(collected)),
  silenced: v.optional(v.looseObject({ ...collected, silence: text, until: time })),
  outbox: v.optional(v.array(v.looseObject({ id: text, at: time, body: text }))),
  sentAt: v.optional(time),
  shown: v.optional(text),
  sentSeverity: v.optional(v.picklist(ALERT_SEVERITIES)),
  thread: v.optional(v.looseObject({ key: text, handle: threadHandle })),
  wakeAt: v.optional(time),
  checked: v.optional(count),
});

export const alertGroupSchema: v.GenericSchema<unknown, AlertGroup> = v.looseObject({
  apiVersion: v.literal(RECORD_API_VERSION),
  kind: v.literal(ALERT_GROUP_KIND),
  metadata: storedMetadataSchema,
  spec: v.looseObject({
    cluster: storedClusterSchema,
    rule: text,
    to: text,
    class: v.picklist(ALERT_CLASSES),
    key: v.string(),
  }),
  status: statusSchema,
});
