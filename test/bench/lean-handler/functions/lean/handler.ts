/* What a function costs that does nothing: middy and the queue's client. The yardstick of test/bench/cold-start.ts. */
import { SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs";
import wrapHandler from "@middy/core";

const client = new SQSClient({});

export const handler: unknown = wrapHandler(async (event: { readonly QueueUrl: string }) =>
  client.send(new SendMessageBatchCommand({ ...event, Entries: [] })),
);
