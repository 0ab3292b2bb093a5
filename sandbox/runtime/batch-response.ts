import type { InvocationOutcome } from "./invocation.ts";
import type { SqsRecord } from "./sqs-event.ts";

export type BatchVerdict = {
  /** messageIds that stay in the queue until their visibility timeout ends; all others are deleted. */
  readonly failed: ReadonlySet<string>;
  /** Why the whole batch has failed, where it has. */
  readonly problem?: string;
};

/**
 * What of a batch is done, by AWS's rules: an error fails all; without ReportBatchItemFailures any answer is a success;
 * with it, null, {} and an empty or null list are a success, an answer that does not have the shape fails all, and so
 * does an identifier that is empty or names no message of the batch.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
 */
export function toBatchVerdict(
  outcome: InvocationOutcome,
  records: readonly SqsRecord[],
  reportBatchItemFailures: boolean,
): BatchVerdict {
  const all = new Set(records.map((record) => record.messageId));
  if (outcome.outcome === "error") {
    return { failed: all, problem: `${outcome.type}: ${outcome.message}` };
  }
  if (!reportBatchItemFailures) return { failed: new Set() };
  const failures = readFailures(outcome.payload);
  if (failures === undefined) {
    return { failed: all, problem: "the answer is not {batchItemFailures: [...]}" };
  }
  const failed = new Set<string>();
  for (const failure of failures) {
    const id = readProperty(failure, "itemIdentifier");
    if (typeof id !== "string" || !all.has(id)) {
      const problem = `itemIdentifier ${JSON.stringify(id)} is no message of the batch`;
      return { failed: all, problem };
    }
    failed.add(id);
  }
  return { failed };
}

function readFailures(payload: unknown): readonly unknown[] | undefined {
  if (payload === null || payload === undefined) return [];
  if (typeof payload !== "object" || Array.isArray(payload)) return undefined;
  const failures = readProperty(payload, "batchItemFailures");
  if (failures === null || failures === undefined) return [];
  return Array.isArray(failures) ? failures : undefined;
}

function readProperty(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}
