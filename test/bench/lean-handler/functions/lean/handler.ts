/* A function that does nothing, with middy and the queue's client: the baseline of test/bench/cold-start.ts. */
import { SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs";
import wrapHandler from "@middy/core";

const client = new SQSClient({});

export const handler: unknown = wrapHandler(async (event: { readonly QueueUrl: string }) =>
  client.send(new SendMessageBatchCommand({ ...event, Entries: [] })),
);
