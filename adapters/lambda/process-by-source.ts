import type { Sources } from "../clusters/source.ts";
import { toFailureVerdict, type MessageVerdict } from "./message-verdict.ts";
import type { SqsRecord } from "./sqs-event.ts";
import type { MessageContext, SqsBatchProcess } from "./sqs-process.ts";

/**
 * Processes the messages of a batch by the clusters that they are about, side by side: those of one cluster keep their order and wait for
 * no other cluster. Messages about a cluster that cannot be connected are retried.
 */
export function processBySource(
  sources: Pick<Sources<SqsBatchProcess>, "of" | "own" | "others">,
): SqsBatchProcess {
  if (sources.others.length === 0) return sources.own;
  return async (records, context) => {
    const processes = await Promise.all(records.map(({ body }) => find(sources, body)));
    const verdicts = new Map<SqsRecord, MessageVerdict>();
    await Promise.all(
      [...new Set(processes)].map(async (process) => {
        const part = records.filter((_, index) => processes[index] === process);
        const decided = await process(part, context);
        for (const [index, record] of part.entries()) {
          const verdict = decided[index];
          if (verdict !== undefined) verdicts.set(record, verdict);
        }
      }),
    );
    return records.map((record) => verdicts.get(record) ?? NONE);
  };
}

const NONE: MessageVerdict = { outcome: "retry", code: "Internal", reason: "it has no verdict" };

/** The process of a message's cluster, or one that reports why there is none. */
async function find(
  { of }: Pick<Sources<SqsBatchProcess>, "of">,
  body: string,
): Promise<SqsBatchProcess> {
  try {
    return await of(body);
  } catch (error) {
    return async (records: readonly SqsRecord[], _context: MessageContext) =>
      records.map(() => toFailureVerdict(error));
  }
}
