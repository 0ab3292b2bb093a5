import { expect, it } from "vitest";
import { checkFifoQueue } from "../../../adapters/sqs/check-queue.ts";
import { createTestQueueClient, startQueueServer } from "../../support/queues/queue-server.ts";

it("accepts a FIFO queue, and distinguishes a standard queue from a missing one", async () => {
  await using queues = await startQueueServer();
  const { client, fifoUrl, standardUrl } = queues;
  await expect(checkFifoQueue({ client, queueUrl: fifoUrl })).resolves.toBeUndefined();
  await expect(checkFifoQueue({ client, queueUrl: standardUrl })).rejects.toMatchObject({
    code: "QueueNotFifo",
    message: expect.stringContaining(".fifo"),
  });
  const missing = fifoUrl.replace("changes", "nothing");
  await expect(checkFifoQueue({ client, queueUrl: missing })).rejects.toMatchObject({
    code: "QueueNotFound",
    message: expect.stringContaining(missing),
  });
});

it("reports that nothing answers", async () => {
  const client = createTestQueueClient("http://127.0.0.1:9");
  const queueUrl = "http://127.0.0.1:9/000000000000/changes.fifo";
  await expect(checkFifoQueue({ client, queueUrl })).rejects.toMatchObject({
    code: "QueueUnreachable",
    message: expect.stringContaining("AWS_ENDPOINT_URL_SQS"),
  });
});
