import type { MessageVerdict } from "../../../adapters/lambda/message-verdict.ts";
import { createSqsHandler, type SqsHandlerOptions } from "../../../adapters/lambda/sqs-handler.ts";
import type { SqsProcess } from "../../../adapters/lambda/sqs-process.ts";
import type { SqsRecord } from "../../../adapters/lambda/sqs-event.ts";
import {
  captureLines,
  createFakeQueues,
  toContext,
  toQueueUrl,
  type FakeQueues,
} from "./invocation.ts";

/** The verdict on a message with this body. */
export const VERDICTS: Readonly<Record<string, MessageVerdict>> = {
  done: { outcome: "done" },
  retry: { outcome: "retry", reason: "away", code: "Unavailable" },
  later: { outcome: "retry", reason: "away", delaySeconds: 42 },
  poison: { outcome: "poison", code: "MalformedMessage", reason: "not ours" },
};

/** The ids of the messages that were reported as failed, and the lines that were written. */
type Answer = {
  readonly failed: readonly string[];
  readonly lines: readonly Readonly<Record<string, unknown>>[];
};

/** Invokes a handler of a FIFO queue once, with all records in one batch. */
export async function invokeHandler(
  records: readonly SqsRecord[],
  options: Partial<SqsHandlerOptions> & Pick<SqsHandlerOptions, "process">,
  remainingMs?: number,
): Promise<Answer> {
  const { value, lines } = await captureLines(() => {
    const handler = createSqsHandler({
      name: "test",
      fifo: true,
      client: createFakeQueues().client,
      deadLetterQueueUrl: toQueueUrl("dead.fifo"),
      ...options,
    });
    return handler({ Records: records }, toContext(remainingMs));
  });
  return { failed: value.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier), lines };
}

export type Run = Answer & { readonly processed: readonly string[]; readonly queues: FakeQueues };

/** Invokes a handler that processes each message on its own; by default the body decides the verdict. */
export async function runRecords(
  records: readonly SqsRecord[],
  options: Partial<Omit<SqsHandlerOptions, "process">> & {
    process?: SqsProcess;
    queues?: FakeQueues;
    remainingMs?: number;
  } = {},
): Promise<Run> {
  const { queues = createFakeQueues(), remainingMs, ...rest } = options;
  const processed: string[] = [];
  const judge: SqsProcess =
    rest.process ?? (async ({ body }) => VERDICTS[body] ?? { outcome: "done" });
  const process: SqsProcess = (record, context) => {
    processed.push(record.messageId);
    return judge(record, context);
  };
  const answer = await invokeHandler(
    records,
    { client: queues.client, ...rest, process },
    remainingMs,
  );
  return { ...answer, processed, queues };
}
