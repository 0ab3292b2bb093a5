import { GetQueueAttributesCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { KubemendError } from "../../core/errors.ts";
import { toQueueError } from "./errors.ts";

/**
 * Checks that the queue is FIFO. Throws `QueueNotFifo` (terminal) if it would not keep the order, and a `toQueueError` if the queue
 * does not exist, access is denied, or it cannot be reached. Needs sqs:GetQueueAttributes.
 */
export async function checkFifoQueue(
  deps: { readonly client: SQSClient; readonly queueUrl: string },
  signal?: AbortSignal,
): Promise<void> {
  const { client, queueUrl } = deps;
  const attributes = await readAttributes(client, queueUrl, signal);
  if (attributes["FifoQueue"] === "true") return;
  throw new KubemendError(
    "QueueNotFifo",
    `queue ${queueUrl} is not FIFO, so changes would lose their order: use a queue with FifoQueue=true, whose name ends in .fifo`,
    { retryable: false },
  );
}

async function readAttributes(
  client: SQSClient,
  queueUrl: string,
  signal: AbortSignal | undefined,
): Promise<Readonly<Record<string, string>>> {
  try {
    // A standard queue does not list the attribute, and some servers refuse a request for it by name.
    const answer = await client.send(
      new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ["All"] }),
      signal === undefined ? {} : { abortSignal: signal },
    );
    return answer.Attributes ?? {};
  } catch (error) {
    throw toQueueError(error, queueUrl);
  }
}
