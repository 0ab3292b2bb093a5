import type { RemediationRecord } from "../../../events/remediation.ts";
import { WAKEUP_SCHEMA_URN, type WakeupMessage } from "../../../events/wakeup.ts";

/** SQS accepts no longer delay: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-delay-queues.html */
const DELAY_MAX_SECONDS = 900;

/** The fields of a record that its wake-up contains. */
export type WakeupRecord = {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly uid: string };
  readonly spec: Pick<RemediationRecord["spec"], "cluster" | "traceparent"> & {
    readonly rule: { readonly id: string };
  };
};

/** The wake-up of a record. `due` and `now` are RFC 3339 ms, `subject` is the record's API path. */
export function toWakeup(input: {
  readonly record: WakeupRecord;
  readonly subject: string;
  readonly due: string;
  readonly now: string;
  /** An object that the record waits for has changed. */
  readonly changed?: boolean;
  readonly waits?: WakeupMessage["data"]["waits"];
}): WakeupMessage {
  const { record, subject, due, now, changed, waits } = input;
  const { name, namespace, uid } = record.metadata;
  const { cluster, rule, traceparent } = record.spec;
  return {
    specversion: "1.0",
    id: `${name}/${due}`,
    source: `/clusters/${cluster.uid}/rules/${rule.id}`,
    type: "dev.kubemend.wakeup",
    subject,
    time: now,
    dataschema: WAKEUP_SCHEMA_URN,
    traceparent,
    data: {
      cluster,
      record: { namespace, name, uid },
      due,
      ...(changed === undefined ? {} : { changed }),
      ...(waits === undefined ? {} : { waits }),
    },
  };
}

/** How long the queue should delay a wake-up: until it is due, or the longest delay of a queue. */
export function toDelaySeconds({ data }: WakeupMessage, nowMs: number): number {
  const seconds = Math.ceil((Date.parse(data.due) - nowMs) / 1000);
  return Math.min(Math.max(seconds, 0), DELAY_MAX_SECONDS);
}
