import type { RecordVerdict } from "./record-verdict.ts";
import type { SqsRecord } from "./sqs-event.ts";
import type { Telemetry } from "./telemetry.ts";

/** Passed to `process` with each message. `signal` ends the work before the function's timeout. */
export type RecordContext = {
  readonly signal: AbortSignal;
  /** Epoch ms at which `signal` fires. */
  readonly deadlineMs: number;
  readonly telemetry: Pick<Telemetry, "logger" | "count">;
};

/** Decides what becomes of one message. A thrown error is a verdict too: `toFailureVerdict`. */
export type SqsProcess = (record: SqsRecord, context: RecordContext) => Promise<RecordVerdict>;

/**
 * Decides what becomes of the messages of a batch, for work that is done for all of them together: one verdict per message, in
 * their order. If a message of a FIFO group must be retried, the verdicts on the later ones of its group do not count: they are
 * retried with it.
 */
export type SqsBatchProcess = (
  records: readonly SqsRecord[],
  context: RecordContext,
) => Promise<readonly RecordVerdict[]>;

/** A batch is processed once, when it arrives; each of its messages then looks up its verdict. */
export function toSqsProcess(
  process: SqsProcess | { readonly batch: SqsBatchProcess },
  records: readonly SqsRecord[],
  context: RecordContext,
): SqsProcess {
  if (typeof process === "function") return process;
  const verdicts = process
    .batch(records, context)
    .then((all) => new Map(all.map((verdict, index) => [records[index]?.messageId, verdict])));
  // The error reaches each message that waits for its verdict.
  verdicts.catch(() => {});
  return async ({ messageId }) => {
    const verdict = (await verdicts).get(messageId);
    return verdict ?? { outcome: "retry", code: "Internal", reason: "it has no verdict" };
  };
}
