import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createSqsHandler } from "../../../adapters/lambda/sqs-handler.ts";
import { notify } from "../../../functions/notify/notify.ts";
import {
  captureLines,
  createFakeQueues,
  toContext,
  toQueueUrl,
  toRecord,
} from "../../adapters/lambda/invocation.ts";

const root = new URL("../../../events/samples/alert-1/", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), "utf8");

async function deliver(...bodies: readonly string[]) {
  const queues = createFakeQueues();
  const { value, lines } = await captureLines(() => {
    const handler = createSqsHandler({
      name: "notify",
      fifo: false,
      client: queues.client,
      deadLetterQueueUrl: toQueueUrl("alerts-dead-letter"),
      process: notify,
    });
    return handler(
      { Records: bodies.map((body, index) => toRecord(`m${index}`, body)) },
      toContext(),
    );
  });
  const dead = queues.sentTo("alerts-dead-letter").map((entry) => entry.MessageBody);
  return { response: value, alerts: lines.filter(({ message }) => message === "alert"), dead };
}

test("an alert is one structured line with all its fields", async () => {
  const body = read("valid/event-of-unknown-kind.json");
  const { response, alerts, dead } = await deliver(body);
  expect(response).toEqual({ batchItemFailures: [] });
  expect(dead).toEqual([]);
  const { data, traceparent } = JSON.parse(body) as { data: object; traceparent: string };
  expect(alerts).toHaveLength(1);
  expect(alerts[0]).toMatchObject({ level: "WARN", service: "notify", traceparent, ...data });
});

test("an alert with a problem is an error in the log", async () => {
  const { alerts } = await deliver(read("valid/remediation-refused.json"));
  expect(alerts).toMatchObject([{ level: "ERROR", problem: { code: "OwnerMissing" } }]);
});

test("a message that is not an alert is dead-lettered, the others of the batch are delivered", async () => {
  const invalid = readdirSync(new URL("invalid/", root)).filter(
    (file) => !file.startsWith("newer-"),
  );
  const bodies = invalid.map((file) => read(`invalid/${file}`));
  const { response, alerts, dead } = await deliver(...bodies, read("valid/event-resolved.json"));
  expect(response).toEqual({ batchItemFailures: [] });
  expect(alerts).toHaveLength(1);
  expect(new Set(dead)).toEqual(new Set(bodies));
  expect(dead).toHaveLength(bodies.length);
});

test("a newer contract is retried", async () => {
  const { response, alerts, dead } = await deliver(read("invalid/newer-contract.json"));
  expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: "m0" }] });
  expect([alerts, dead]).toEqual([[], []]);
});
