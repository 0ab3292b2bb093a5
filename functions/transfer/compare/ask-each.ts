import type { MessageContext } from "../../../adapters/lambda/sqs-process.ts";
import type { SqsEntry } from "../../../adapters/sqs/send-batch.ts";
import { isKubemendError } from "../../../core/errors.ts";
import type { Difference } from "./judge-orphan.ts";

type AskDeps = {
  /** Throws the error of the first entry that the queue did not accept. */
  readonly send: (entries: readonly SqsEntry[], signal: AbortSignal) => Promise<void>;
  readonly toEntry: (difference: Difference) => SqsEntry;
  readonly rule: string;
  readonly target: string;
};

/**
 * Asks for each object to be looked at, with a message of its own. One whose message the queue refuses for its content is counted and
 * passed over: it must not end the comparison of all. Throws if the queue itself fails.
 */
export async function askEach(
  deps: AskDeps,
  differences: readonly Difference[],
  { signal, telemetry }: MessageContext,
): Promise<void> {
  const { send, toEntry, rule, target } = deps;
  if (differences.length === 0) return;
  try {
    await send(differences.map(toEntry), signal);
    return;
  } catch (error) {
    if (!isKubemendError(error, "MessageRefused")) throw error;
  }
  // The queue drops those that it has accepted already.
  for (const difference of differences) {
    try {
      await send([toEntry(difference)], signal);
    } catch (error) {
      if (!isKubemendError(error, "MessageRefused")) throw error;
      const { namespace, name } = difference.place;
      const reason = error.message;
      telemetry.logger.warn("not asked for", { rule, namespace, name, code: error.code, reason });
      telemetry.count("ComparisonPassedOver", 1, { target });
    }
  }
}
