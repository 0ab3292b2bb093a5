import { GetQueueAttributesCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { KubemendError } from "../../core/errors.ts";
import { toQueueError } from "./errors.ts";

/**
 * Asks the queue what it is. Throws `QueueNotFifo` (terminal) where it would not keep order, and what `toQueueError` makes
 * of a queue that is missing, forbidden or away. Needs sqs:GetQueueAttributes.
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
    // A standard queue does not list the attribute, and some servers refuse to be asked for it by name.
    const answer = await client.send(
      new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ["All"] }),
      signal === undefined ? {} : { abortSignal: signal },
    );
    return answer.Attributes ?? {};
  } catch (error) {
    throw toQueueError(error, queueUrl);
  }
}
