import type { AlertMessage } from "../../events/alert.ts";
import type { MessageContext } from "../../adapters/lambda/sqs-process.ts";

/**
 * Somebody who receives alerts. At least once: an alert that one receiver did not take is delivered to all of them again, and
 * `alertId` identifies repeats. An error that it throws is the verdict on the message (`toFailureVerdict`): a terminal error is poison.
 */
export type AlertReceiver = (
  alert: AlertMessage,
  context: Pick<MessageContext, "telemetry" | "signal"> & {
    /** How often the queue has handed out the message, from 1. */
    readonly attempt: number;
    /** Whether one of our functions has signed it. */
    readonly isSigned: boolean;
  },
) => Promise<void>;
