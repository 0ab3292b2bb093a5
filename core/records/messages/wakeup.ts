import type { RemediationRecord } from "../../../events/remediation.ts";
import { ANY_UID, WAKEUP_SCHEMA_URN, type WakeupMessage } from "../../../events/wakeup.ts";

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

/** For what is in no trace: a valid one that is not sampled: https://www.w3.org/TR/trace-context/#traceparent-header */
export const NO_TRACE = "00-00000000000000000000000000000001-0000000000000001-00";

/** The wake-up of the records of a rule that its guard holds back. `due` and `now` are RFC 3339 ms. */
export function toGuardWakeup(input: {
  readonly cluster: WakeupMessage["data"]["cluster"];
  /** Of the records. */
  readonly namespace: string;
  readonly rule: string;
  /** Of the record that is the reason; absent: a wake-up for many records belongs to the trace of none. */
  readonly traceparent?: string | undefined;
  readonly due: string;
  readonly now: string;
}): WakeupMessage {
  const { cluster, namespace, rule, traceparent = NO_TRACE, due, now } = input;
  return {
    specversion: "1.0",
    id: `${rule}/${due}`,
    source: `/clusters/${cluster.uid}/rules/${rule}`,
    type: "dev.kubemend.wakeup",
    subject: `/apis/kubemend.dev/v1alpha1/namespaces/${namespace}/ruleguards/${rule}`,
    time: now,
    dataschema: WAKEUP_SCHEMA_URN,
    traceparent,
    data: { cluster, record: { namespace, name: rule, uid: ANY_UID }, due, guard: { rule } },
  };
}

/** How long the queue should delay a wake-up: until it is due, or the longest delay of a queue. */
export function toDelaySeconds({ data }: WakeupMessage, nowMs: number): number {
  const seconds = Math.ceil((Date.parse(data.due) - nowMs) / 1000);
  return Math.min(Math.max(seconds, 0), DELAY_MAX_SECONDS);
}
