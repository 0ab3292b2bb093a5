import type { InvocationOutcome } from "./invocation.ts";
import type { SqsRecord } from "./sqs-event.ts";

export type BatchVerdict = {
  /** messageIds that stay in the queue until their visibility timeout expires; all others are deleted. */
  readonly failed: ReadonlySet<string>;
  /** Why the whole batch failed, if it did. */
  readonly problem?: string;
};

/**
 * Which messages of a batch succeeded, by AWS's rules: an error fails all of them; without ReportBatchItemFailures any
 * response is a success; with it, null, {} and an empty or null list are a success, while a response of another shape fails
 * all of them, and so does an identifier that is empty or not in the batch.
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
    return { failed: all, problem: "the response is not {batchItemFailures: [...]}" };
  }
  const failed = new Set<string>();
  for (const failure of failures) {
    const id = readProperty(failure, "itemIdentifier");
    if (typeof id !== "string" || !all.has(id)) {
      const problem = `itemIdentifier ${JSON.stringify(id)} is not in the batch`;
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
