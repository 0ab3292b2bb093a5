import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { toQueueError } from "../../adapters/sqs/errors.ts";
import { readLetter, type Letter } from "./read-letter.ts";

/** Letters that were looked at and stay are kept back so long, that none is looked at twice in a run. */
const VISIBILITY_SECONDS = 300;
/** A long poll asks all of SQS's servers, so that an empty answer means an empty queue. */
const WAIT_SECONDS = 1;

/** A dead-letter queue. All but `release` throw what the queue says, as a KubemendError. */
export type LetterQueue = {
  /** About how many lie there. */
  readonly count: (signal: AbortSignal) => Promise<number>;
  /** At most `size`, 10 and less; none where the queue is empty. */
  readonly receive: (size: number) => Promise<readonly Letter[]>;
  readonly remove: (letter: Letter) => Promise<void>;
  /** The next one who looks need not wait. */
  readonly release: (letters: readonly Letter[]) => Promise<void>;
};

/** The queue at that URL, by that client. Nothing is asked of it yet. */
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
      // Not broken off: letters of an answer that nobody reads are held back for minutes.
      const answer = await asQueue(QueueUrl, client.send(command));
      return (answer.Messages ?? []).map(readLetter);
    },

    async remove({ receipt: ReceiptHandle }) {
      await asQueue(QueueUrl, client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle })));
    },

    async release(letters) {
      // Newest first, so that a group's first letter is free last.
      for (const { receipt: ReceiptHandle } of letters.toReversed()) {
        const input = { QueueUrl, ReceiptHandle, VisibilityTimeout: 0 };
        // It is free by itself after the visibility timeout.
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
