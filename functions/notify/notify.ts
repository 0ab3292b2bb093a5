import { isTooOld } from "../../events/age.ts";
import { parseAlertMessage, type AlertMessage } from "../../events/alert.ts";
import { toUnreadableVerdict, type MessageVerdict } from "../../adapters/lambda/message-verdict.ts";
import type { SqsRecord } from "../../adapters/lambda/sqs-event.ts";
import type { MessageContext } from "../../adapters/lambda/sqs-process.ts";
import type { Verify } from "../../adapters/signing/verify.ts";
import type { AlertReceiver } from "./receiver.ts";

type NotifyRecord = Pick<SqsRecord, "body" | "messageAttributes"> &
  Partial<Pick<SqsRecord, "attributes">>;

export type Notify = (record: NotifyRecord, context: MessageContext) => Promise<MessageVerdict>;

export type NotifyDeps = {
  readonly verify: Verify;
  /** In the order in which each alert is delivered to them. */
  readonly receivers: readonly AlertReceiver[];
  /** ms since the epoch. */
  readonly now: () => number;
};

/**
 * Delivers alerts to every receiver. At least once: readers recognise repeats by `alertId`. If signing keys are configured, an alert
 * that no function of ours has signed within the last 28 days is poison.
 */
export function createNotify({ verify, receivers, now }: NotifyDeps): Notify {
  return async (record, context) => {
    const signature = await verify(record);
    if (signature === "unsigned") return UNSIGNED;
    const parsed = parseAlertMessage(record.body);
    if (parsed.outcome === "refused") return toUnreadableVerdict(parsed);
    if (signature === "signed" && isTooOld(parsed.value.time, now())) return TOO_OLD;
    const attempt = Number(record.attributes?.ApproximateReceiveCount ?? "1");
    const isSigned = signature === "signed";
    const alert = isSigned ? parsed.value : withoutHandle(parsed.value);
    for (const receive of receivers) await receive(alert, { ...context, attempt, isSigned });
    context.telemetry.count("Alerts");
    return { outcome: "done" };
  };
}

/** Anybody who may send to the queue could put an alert into a thread in which nobody looks for it. */
function withoutHandle(alert: AlertMessage): AlertMessage {
  const { thread, ...data } = alert.data;
  if (thread?.handle === undefined) return alert;
  return { ...alert, data: { ...data, thread: { key: thread.key } } };
}

const UNSIGNED: MessageVerdict = {
  outcome: "poison",
  code: "Unsigned",
  reason:
    "the alert has no valid signature: it is not from Kubemend's functions, or these have other signing keys (KUBEMEND_SIGNING_KEYS)",
};

const TOO_OLD: MessageVerdict = {
  outcome: "poison",
  code: "Unsigned",
  reason:
    "the alert was signed more than 28 days ago: no queue keeps a message that long, so it was sent again",
};
