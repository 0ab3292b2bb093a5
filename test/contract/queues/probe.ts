import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  type Message,
  type SendMessageCommandInput,
} from "@aws-sdk/client-sqs";
import { toArn, type QueueEmulator } from "../../support/queues/queue-emulator.ts";

/** One queue, with the calls that the clauses of the contract use. */
export type Probe = {
  readonly url: string;
  readonly send: (
    body: string,
    options?: Partial<SendMessageCommandInput>,
  ) => Promise<{ readonly messageId: string; readonly sequence: string }>;
  /** Sends in one call, in one group; the body is also the deduplication id. */
  readonly sendGroup: (group: string, ...bodies: readonly string[]) => Promise<void>;
  /** One call, which waits up to `waitSeconds` (default: not). */
  readonly receive: (options?: {
    readonly count?: number;
    readonly waitSeconds?: number;
  }) => Promise<readonly Message[]>;
  readonly delete: (message: Message | undefined) => Promise<void>;
  readonly hide: (message: Message | undefined, seconds: number) => Promise<void>;
  /** Receives and deletes until nothing arrives for a second; returns the bodies in the order in which they were received. */
  readonly drain: () => Promise<readonly string[]>;
};

/** Opens a queue. Received messages stay invisible for 30 s unless `attributes` say otherwise. */
export async function openProbe(
  emulator: QueueEmulator,
  options: { readonly fifo?: boolean; readonly attributes?: Readonly<Record<string, string>> } = {},
): Promise<Probe> {
  const { client } = emulator;
  const url = await emulator.createQueue({ fifo: true, ...options });
  const remove = async (message: Message | undefined): Promise<void> => {
    const command = { QueueUrl: url, ReceiptHandle: message?.ReceiptHandle };
    await client.send(new DeleteMessageCommand(command));
  };
  const receive: Probe["receive"] = async ({ count = 10, waitSeconds = 0 } = {}) => {
    const command = new ReceiveMessageCommand({
      QueueUrl: url,
      MaxNumberOfMessages: count,
      WaitTimeSeconds: waitSeconds,
      MessageSystemAttributeNames: ["All"],
      MessageAttributeNames: ["All"],
    });
    return (await client.send(command)).Messages ?? [];
  };
  return {
    url,
    receive,
    delete: remove,
    async send(body, more = {}) {
      const command = new SendMessageCommand({ QueueUrl: url, MessageBody: body, ...more });
      const { MessageId: messageId = "", SequenceNumber: sequence = "" } =
        await client.send(command);
      return { messageId, sequence };
    },
    async sendGroup(group, ...bodies) {
      const Entries = bodies.map((body, index) => ({
        Id: String(index),
        MessageBody: body,
        MessageGroupId: group,
        MessageDeduplicationId: body,
      }));
      await client.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
    },
    async hide(message, seconds) {
      const ReceiptHandle = message?.ReceiptHandle;
      const command = { QueueUrl: url, ReceiptHandle, VisibilityTimeout: seconds };
      await client.send(new ChangeMessageVisibilityCommand(command));
    },
    async drain() {
      const bodies: string[] = [];
      for (;;) {
        const messages = await receive({ waitSeconds: 1 });
        if (messages.length === 0) return bodies;
        for (const message of messages) {
          bodies.push(message.Body ?? "");
          await remove(message);
        }
      }
    },
  };
}

/** The RedrivePolicy that moves a message to the queue of that URL after `maxReceiveCount` receives. */
export function toRedrive(deadLetterUrl: string, maxReceiveCount: number): Record<string, string> {
  const deadLetterTargetArn = toArn(deadLetterUrl);
  return { RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount }) };
}

export function toBodies(messages: readonly Message[]): readonly string[] {
  return messages.map((message) => message.Body ?? "");
}
