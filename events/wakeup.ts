import * as v from "valibot";
import { namespaceName, objectName } from "./address.ts";
import { parseMessage, type Parsed } from "./contract.ts";
import { threadHandle } from "./thread-handle.ts";

/**
 * Contract of `wakeups` (standard queue): continue with a record, not before `due`. SQS delays a message by at most 15 minutes,
 * so one that arrives too early is sent again. Several wake-ups of one record do no harm, because the claim decides who continues.
 */
export const WAKEUP_CONTRACT = 1;
export const WAKEUP_SCHEMA_URN: string = `urn:kubemend:wakeup:${WAKEUP_CONTRACT}`;

/** Instead of a record's uid, if the sender knows only the episode. */
export const ANY_UID = "*";

export type WakeupData = {
  readonly cluster: { readonly name: string; readonly uid: string };
  /** The Remediation to continue with. One with the same name but another uid is left alone, unless the uid is `ANY_UID`. */
  readonly record: { readonly namespace: string; readonly name: string; readonly uid: string };
  /** RFC 3339 ms. */
  readonly due: string;
  /** An object that the record created has changed, so the record may continue before its own time. */
  readonly changed?: boolean | undefined;
  /**
   * Instead of the record named above: the one that waits for `for` of this rule and object, in whatever episode. A state was reported
   * that does not match, and the time of its condition says that the episode before it has ended.
   */
  readonly waits?: { readonly rule: string; readonly objectUid: string } | undefined;
  /** Instead of one record: those of this rule that its guard holds back. The record named above is then none. */
  readonly guard?: { readonly rule: string } | undefined;
  /**
   * Instead of a record: the AlertGroup of that name. A function that does not know groups finds no record of the name. It has no data,
   * because anybody who may send to the queue can write it.
   */
  readonly group?: object | undefined;
  /**
   * In addition to `group`: the receiver took the first message of an incident and handed out a thread for it, into which the group's later
   * messages of this incident go. Believed only if the message is signed for this queue.
   */
  readonly thread?: WakeupThread | undefined;
  /**
   * In addition to `group`: the receiver took a message of the group late, perhaps after the message that the incident is over. Believed only
   * if the message is signed for this queue.
   */
  readonly late?: WakeupLate | undefined;
};

export type WakeupThread = {
  /** The receiver of the group. */
  readonly to: string;
  /** `data.thread.key` of the alert: name of the group and beginning of the incident. */
  readonly key: string;
  readonly handle: string;
};

export type WakeupLate = {
  /** `data.thread.key` of the alert. */
  readonly key: string;
  /** The alert as a group keeps one: the JSON text of its message. */
  readonly alert: string;
};

export type WakeupMessage = {
  readonly specversion: "1.0";
  /** `<record>/<due>`: a wake-up keeps its id however often it is sent. */
  readonly id: string;
  /** `/clusters/<cluster uid>/rules/<rule id>` */
  readonly source: string;
  readonly type: "dev.kubemend.wakeup";
  /** API path of the record. */
  readonly subject: string;
  readonly time: string;
  readonly dataschema: string;
  readonly traceparent: string;
  readonly data: WakeupData;
};

const text = v.pipe(v.string(), v.nonEmpty());
const time = v.pipe(v.string(), v.isoTimestamp());

export const wakeupMessageSchema: v.GenericSchema<unknown, WakeupMessage> = v.looseObject({
  specversion: v.literal("1.0"),
  id: text,
  source: v.pipe(v.string(), v.startsWith("/clusters/")),
  type: v.literal("dev.kubemend.wakeup"),
  subject: text,
  time,
  dataschema: v.pipe(v.string(), v.startsWith("urn:kubemend:wakeup:")),
  traceparent: text,
  data: v.looseObject({
    cluster: v.looseObject({ name: text, uid: text }),
    record: v.looseObject({ namespace: namespaceName, name: objectName, uid: text }),
    due: time,
    changed: v.optional(v.boolean()),
    waits: v.optional(v.looseObject({ rule: text, objectUid: text })),
    guard: v.optional(v.looseObject({ rule: objectName })),
    group: v.optional(v.looseObject({})),
    thread: v.optional(v.looseObject({ to: text, key: text, handle: threadHandle })),
    late: v.optional(v.looseObject({ key: text, alert: text })),
  }),
});

/** Reads a wake-up; never throws. */
export function parseWakeupMessage(body: string): Parsed<WakeupMessage> {
  return parseMessage(body, "wakeup", WAKEUP_CONTRACT, wakeupMessageSchema);
}
