import { GetQueueAttributesCommand, type SQSClient } from "@aws-sdk/client-sqs";

/** The number of messages in each dead-letter queue that is not empty. */
export async function countDeadLetters(
  client: SQSClient,
  queues: Readonly<Record<string, string>>,
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const [name, QueueUrl] of Object.entries(queues)) {
    if (!name.endsWith("DeadLetter")) continue;
    const answer = await client.send(
      new GetQueueAttributesCommand({
        QueueUrl,
        AttributeNames: ["ApproximateNumberOfMessages"],
      }),
    );
    const count = Number(answer.Attributes?.["ApproximateNumberOfMessages"] ?? 0);
    if (count > 0) counts.set(name, count);
  }
  return counts;
}
