import { setTimeout as sleep } from "node:timers/promises";
import { forEachConcurrently } from "../../core/for-each-concurrently.ts";
import type { MessageVerdict } from "./message-verdict.ts";
import type { SqsRecord } from "./sqs-event.ts";
import type { Telemetry } from "./telemetry.ts";

/** Passed to `process` with each message. `signal` ends the work before the function's timeout. */
export type MessageContext = {
  readonly signal: AbortSignal;
  /** Epoch ms at which `signal` fires. */
  readonly deadlineMs: number;
  readonly telemetry: Pick<Telemetry, "logger" | "count">;
};

/** Decides what becomes of one message. A thrown error is a verdict too: `toFailureVerdict`. */
export type SqsProcess = (record: SqsRecord, context: MessageContext) => Promise<MessageVerdict>;

/**
 * Decides what becomes of the messages of a batch, for work that is done for all of them together: one verdict per message, in
 * their order. If a message of a FIFO group must be retried, the verdicts on the later ones of its group do not count: they are
 * retried with it.
 */
export type SqsBatchProcess = (
  records: readonly SqsRecord[],
  context: MessageContext,
) => Promise<readonly MessageVerdict[]>;

/**
 * Work in two passes. `begin` makes a message's work durable (creates its record, say) and returns the rest of it, which runs once
 * all messages that start a lane have begun: a process that dies during the rest leaves nothing that exists in the queue only.
 */
export type TwoPassProcess = (
  record: SqsRecord,
  context: MessageContext,
) => Promise<() => Promise<MessageVerdict>>;

export type ProcessOption =
  | SqsProcess
  | { readonly batch: SqsBatchProcess }
  | { readonly begin: TwoPassProcess };

/** How many messages begin side by side; a batch has 10 at most unless it has a window. */
const BEGIN_CONCURRENCY = 10;

/** Longer is not waited for a message that does not begin: the others have, or begin in their turn. */
const BEGIN_PATIENCE_MS = 5_000;

/** A batch is processed once, when it arrives; each of its messages then looks up its verdict, or runs the rest of its work. */
export function toSqsProcess(
  process: ProcessOption,
  records: readonly SqsRecord[],
  context: MessageContext,
  toLane: (record: SqsRecord) => string,
): SqsProcess {
  if (typeof process === "function") return process;
  if ("begin" in process) return toTwoPasses(process.begin, records, context, toLane);
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

/** The first message of each lane begins at once; a later one begins in its turn, after those before it have ended. */
function toTwoPasses(
  begin: TwoPassProcess,
  records: readonly SqsRecord[],
  context: MessageContext,
  toLane: (record: SqsRecord) => string,
): SqsProcess {
  const heads = [...Map.groupBy(records, toLane).values()].flatMap((lane) => lane.slice(0, 1));
  const begun = new Map<string, ReturnType<TwoPassProcess>>();
  const beginOnce = (record: SqsRecord): ReturnType<TwoPassProcess> => {
    const started = begun.get(record.messageId) ?? Promise.try(begin, record, context);
    begun.set(record.messageId, started);
    return started;
  };
  const allBegun = forEachConcurrently(heads, BEGIN_CONCURRENCY, async (head) => {
    // An error is the verdict on its own message.
    await beginOnce(head).catch(() => {});
  });
  const patience = sleep(BEGIN_PATIENCE_MS, undefined, { ref: false });
  return async (record) => {
    await Promise.race([allBegun, patience]);
    const next = await beginOnce(record);
    return next();
  };
}
