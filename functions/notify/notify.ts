import { parseAlertMessage } from "../../events/alert.ts";
import { toUnreadableVerdict, type MessageVerdict } from "../../adapters/lambda/message-verdict.ts";
import type { SqsRecord } from "../../adapters/lambda/sqs-event.ts";
import type { MessageContext } from "../../adapters/lambda/sqs-process.ts";
import type { Verify } from "../../adapters/signing/verify.ts";

export type Notify = (
  record: Pick<SqsRecord, "body" | "messageAttributes">,
  context: Pick<MessageContext, "telemetry">,
) => Promise<MessageVerdict>;

/**
 * Delivers alerts, each as a structured log line: `error` if it reports a problem, otherwise `warn`. CloudWatch's metric and
 * subscription filters read alerts from the log. At least once: readers recognise repeats by `alertId`. If signing keys are
 * configured, an alert that no function of ours has signed is poison.
 */
export function createNotify({ verify }: { readonly verify: Verify }): Notify {
  return async (record, { telemetry }) => {
    if ((await verify(record)) === "unsigned") return UNSIGNED;
    const parsed = parseAlertMessage(record.body);
    if (parsed.outcome === "refused") return toUnreadableVerdict(parsed);
    const { traceparent, data } = parsed.value;
    const { alertId, to, summary, cluster, rule, change, trigger, references, problem } = data;
    const line = { alertId, to, summary, cluster, rule, change, trigger, references, traceparent };
    if (problem === undefined) telemetry.logger.warn("alert", line);
    else telemetry.logger.error("alert", { ...line, problem });
    telemetry.count("Alerts");
    return { outcome: "done" };
  };
}

const UNSIGNED: MessageVerdict = {
  outcome: "poison",
  code: "Unsigned",
  reason:
    "the alert has no valid signature: it is not from Kubemend's functions, or these have other signing keys (KUBEMEND_SIGNING_KEYS)",
};
