import { ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { expect, test } from "vitest";
import { createSendWakeup } from "../../../adapters/sqs/send-wakeup.ts";
import { toWakeup } from "../../../core/records/messages/wakeup.ts";
import { parseWakeupMessage } from "../../../events/wakeup.ts";
import { toRecord } from "../../core/records/record.ts";
import { startQueueServer } from "../../support/queues/queue-server.ts";

test("a wake-up is delivered when it is due and not before; one that cannot be sent is an error", async () => {
  await using server = await startQueueServer();
  const { client, standardUrl: queueUrl } = server;
  const now = (): number => Date.now();
  const record = toRecord();
  const dueMs = Date.now() + 1_000;
  const wakeup = toWakeup({
    record,
    subject: "/apis/kubemend.dev/v1alpha1/namespaces/kubemend/remediations/rerun-x",
    due: new Date(dueMs).toISOString(),
    now: new Date().toISOString(),
  });

  await createSendWakeup({ client, queueUrl, now })(wakeup);
  expect(await server.drain(queueUrl)).toEqual([]);
  const receive = new ReceiveMessageCommand({ QueueUrl: queueUrl, WaitTimeSeconds: 5 });
  const { Messages: [message] = [] } = await client.send(receive);

  expect(Date.now()).toBeGreaterThanOrEqual(dueMs - 50);
  expect(parseWakeupMessage(message?.Body ?? "")).toEqual({ outcome: "parsed", value: wakeup });
  const gone = queueUrl.replace("standard", "gone");
  await expect(createSendWakeup({ client, queueUrl: gone, now })(wakeup)).rejects.toMatchObject({
    code: "QueueNotFound",
  });
});
