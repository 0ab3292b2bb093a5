import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { toQueueError } from "../../adapters/sqs/errors.ts";
import { readLetter, type Letter } from "./read-letter.ts";

/** Letters that stay remain invisible for so long that a run never reads one twice. */
const VISIBILITY_SECONDS = 300;
/** A long poll queries all of SQS's servers, so that an empty response means an empty queue. */
const WAIT_SECONDS = 1;

/** A dead-letter queue. All methods but `release` throw the queue's error as a KubemendError. */
export type LetterQueue = {
  /** The approximate number of letters. */
  readonly count: (signal: AbortSignal) => Promise<number>;
  /** Receives at most `size` letters, which is at most 10; none if the queue is empty. */
  readonly receive: (size: number) => Promise<readonly Letter[]>;
  readonly remove: (letter: Letter) => Promise<void>;
  /** Makes the letters visible again, so that the next reader need not wait. */
  readonly release: (letters: readonly Letter[]) => Promise<void>;
};

/** The queue at that URL. Sends no request yet. */
export function openLetterQueue(deps: {
  readonly client: SQSClient;
  readonly queueUrl: string;
}): LetterQueue {
  const { client, queueUrl: QueueUrl } = deps;
  return {
    async count(signal) {
      const AttributeNames = ["ApproximateNumberOfMessages" as const];
      const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames });
      const answer = await asQueue(QueueUrl, client.send(command, { abortSignal: signal }));
      return Number(answer.Attributes?.["ApproximateNumberOfMessages"] ?? 0);
    },

    async receive(size) {
      const command = new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: size,
        VisibilityTimeout: VISIBILITY_SECONDS,
        WaitTimeSeconds: WAIT_SECONDS,
        MessageSystemAttributeNames: ["MessageGroupId"],
        MessageAttributeNames: ["All"],
      });
      // Never aborted: the letters in a response that nobody reads would stay invisible for minutes.
      const answer = await asQueue(QueueUrl, client.send(command));
      return (answer.Messages ?? []).map(readLetter);
    },

    async remove({ receipt: ReceiptHandle }) {
      await asQueue(QueueUrl, client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle })));
    },

    async release(letters) {
      // Newest first, so that a group's first letter becomes visible last.
      for (const { receipt: ReceiptHandle } of letters.toReversed()) {
        const input = { QueueUrl, ReceiptHandle, VisibilityTimeout: 0 };
        // If this fails, it becomes visible after the visibility timeout.
        await client.send(new ChangeMessageVisibilityCommand(input)).catch(() => {});
      }
    },
  };
}

async function asQueue<T>(queueUrl: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw toQueueError(error, queueUrl);
  }
}
