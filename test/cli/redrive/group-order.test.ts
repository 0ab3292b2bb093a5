import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
  type Message,
} from "@aws-sdk/client-sqs";
import { mockClient } from "aws-sdk-client-mock";
import { expect, test } from "vitest";
import { redrive, type RedriveInput } from "../../../cli/redrive/redrive.ts";

/** Returns several letters of a group in one response, as SQS does and the emulator does not. */
function toLetter(id: string, groupId: string): Message {
  return {
    MessageId: id,
    ReceiptHandle: `receipt-${id}`,
    Body: id,
    Attributes: { MessageGroupId: groupId },
  };
}

/** Two full responses of letters; the target refuses these bodies and accepts all others. */
function toScene(refused: Readonly<Record<string, string>> = {}) {
  const client = new SQSClient({ region: "us-east-1" });
  const sqs = mockClient(client);
  const accepted: string[] = [];
  sqs.onAnyCommand().resolves({});
  sqs.on(GetQueueAttributesCommand).resolves({ Attributes: { ApproximateNumberOfMessages: "4" } });
  sqs
    .on(ReceiveMessageCommand)
    .resolvesOnce({ Messages: [toLetter("g1", "g"), toLetter("g2", "g"), toLetter("h1", "h")] })
    .resolves({ Messages: [toLetter("h2", "h")] });
  sqs.on(SendMessageBatchCommand).callsFake(({ Entries = [] }) => {
    const entries = Entries as readonly { readonly Id: string; readonly MessageBody: string }[];
    const isRefused = ({ MessageBody }: { readonly MessageBody: string }): boolean =>
      Object.hasOwn(refused, MessageBody);
    const taken = entries.filter((entry) => !isRefused(entry));
    accepted.push(...taken.map(({ MessageBody }) => MessageBody));
    return {
      Successful: taken.map(({ Id }) => ({ Id, MessageId: `new-${Id}` })),
      Failed: entries.filter(isRefused).map(({ Id, MessageBody }) => ({
        Id,
        Code: refused[MessageBody],
        SenderFault: true,
      })),
    };
  });
  const input: RedriveInput = {
    client,
    queueUrl: "https://sqs.example/1/changes-dead-letter.fifo",
    targetUrl: "https://sqs.example/1/changes.fifo",
    fifo: true,
    dryRun: false,
    discard: false,
    fits: () => true,
    onLetter: () => {},
    onProgress: () => {},
  };
  const deleted = (): readonly unknown[] =>
    sqs.commandCalls(DeleteMessageCommand).map(({ args }) => args[0].input.ReceiptHandle);
  return { input, accepted, deleted };
}

const SIGNAL = new AbortController().signal;

test("no letter overtakes one of its group that does not match", async () => {
  const { input, accepted, deleted } = toScene();
  const counts = await redrive({ ...input, fits: ({ id }) => id !== "g1" }, SIGNAL);
  expect(accepted).toEqual(["h1", "h2"]);
  expect(deleted()).toEqual(["receipt-h1", "receipt-h2"]);
  expect(counts).toEqual({ moved: 2, discarded: 0, listed: 0, skipped: 2, refused: 0 });
});

test("a letter that is always refused blocks its own group and no other", async () => {
  const { input, accepted, deleted } = toScene({ g1: "InvalidMessageContents" });
  const counts = await redrive(input, SIGNAL);
  expect(accepted).toEqual(["h1", "h2"]);
  expect(deleted()).toEqual(["receipt-h1", "receipt-h2"]);
  expect(counts).toEqual({ moved: 2, discarded: 0, listed: 0, skipped: 0, refused: 2 });
});

test("a queue that throttles or is unavailable ends the run, and accepted letters stay moved", async () => {
  const { input, deleted } = toScene({ g1: "RequestThrottled" });
  await expect(redrive(input, SIGNAL)).rejects.toMatchObject({ code: "QueueThrottled" });
  expect(deleted()).toEqual(["receipt-h1"]);
});
