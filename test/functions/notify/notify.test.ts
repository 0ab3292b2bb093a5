import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { KubemendError } from "../../../core/errors.ts";
import { DEAD_LETTER_CODE } from "../../../events/dead-letter.ts";
import { SIGNATURE_ATTRIBUTE } from "../../../events/signature.ts";
import { openSigningKeys } from "../../../adapters/signing/open-signing-keys.ts";
import { createSign } from "../../../adapters/signing/sign.ts";
import { createVerify } from "../../../adapters/signing/verify.ts";
import { createSqsHandler } from "../../../adapters/lambda/sqs-handler.ts";
import { createLogAlert } from "../../../functions/notify/log-alert.ts";
import { createNotify } from "../../../functions/notify/notify.ts";
import type { AlertReceiver } from "../../../functions/notify/receiver.ts";
import {
  captureLines,
  createFakeQueues,
  toContext,
  toQueueUrl,
  toRecord,
} from "../../adapters/lambda/invocation.ts";

const root = new URL("../../../events/samples/alert-1/", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), "utf8");

const SENT = JSON.parse(read("valid/event-resolved.json")) as { readonly time: string };
const now = (): number => Date.parse(SENT.time);

const logAlert = createLogAlert(false);
const deliver = (...bodies: readonly string[]) => deliverTo([logAlert], ...bodies);

async function deliverTo(receivers: readonly AlertReceiver[], ...bodies: readonly string[]) {
  const queues = createFakeQueues();
  const { value, lines } = await captureLines(() => {
    const handler = createSqsHandler({
      name: "notify",
      fifo: false,
      client: queues.client,
      deadLetterQueueUrl: toQueueUrl("alerts-dead-letter"),
      process: createNotify({ verify: async () => "unverifiable", receivers, now }),
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

test("every receiver gets each alert", async () => {
  const received: string[] = [];
  const second: AlertReceiver = async ({ data }) => void received.push(data.alertId);
  const body = read("valid/event-resolved.json");
  const { alerts } = await deliverTo([logAlert, second], body);
  const { data } = JSON.parse(body) as { data: { alertId: string } };
  expect(received).toEqual([data.alertId]);
  expect(alerts).toHaveLength(1);
});

test("an alert that a receiver did not take is retried", async () => {
  const away: AlertReceiver = async () => {
    throw new KubemendError("Unavailable", "the receiver is away", { retryable: true });
  };
  const { response, dead } = await deliverTo([away], read("valid/event-resolved.json"));
  expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: "m0" }] });
  expect(dead).toEqual([]);
});

test("with signing keys an unsigned alert is dead-lettered with the reason, and a dead letter keeps its signature", async () => {
  const keys = openSigningKeys({ type: "keys", keys: ["a-key-of-24-characters-xx"] }, () => 0);
  const queues = createFakeQueues();
  const body = read("valid/event-resolved.json");
  const toSigned = (signature: string | undefined) => ({
    ...toRecord(signature ?? "unsigned", body),
    ...(signature === undefined
      ? {}
      : { messageAttributes: { [SIGNATURE_ATTRIBUTE]: { stringValue: signature } } }),
  });
  const signature = (await createSign(keys, "alerts")(body))?.signature;
  const forged = "0".repeat(64);
  const { lines } = await captureLines(() =>
    createSqsHandler({
      name: "notify",
      fifo: false,
      client: queues.client,
      deadLetterQueueUrl: toQueueUrl("alerts-dead-letter"),
      process: createNotify({ verify: createVerify(keys, "alerts"), receivers: [logAlert], now }),
    })({ Records: [undefined, forged, signature].map(toSigned) }, toContext()),
  );
  expect(lines.filter(({ message }) => message === "alert")).toHaveLength(1);
  const dead = queues.sentTo("alerts-dead-letter");
  expect(dead.map(({ MessageAttributes: a }) => a?.[DEAD_LETTER_CODE]?.StringValue)).toEqual([
    "Unsigned",
    "Unsigned",
  ]);
  expect(dead.map(({ MessageAttributes: a }) => a?.[SIGNATURE_ATTRIBUTE]?.StringValue)).toEqual([
    undefined,
    forged,
  ]);
});

test("an alert that was signed more than 28 days ago was sent again: it is dead-lettered", async () => {
  const body = read("valid/event-resolved.json");
  const context = {
    signal: new AbortController().signal,
    deadlineMs: 0,
    telemetry: { count: () => {}, logger: SILENT },
  };
  const at = (days: number) =>
    createNotify({
      verify: async () => "signed",
      receivers: [],
      now: () => now() + days * 24 * 3_600_000,
    })({ body }, context);
  expect(await at(28)).toEqual({ outcome: "done" });
  expect(await at(28.01)).toMatchObject({ outcome: "poison", code: "Unsigned" });
});

const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
