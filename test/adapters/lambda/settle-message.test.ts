import { SendMessageBatchCommand } from "@aws-sdk/client-sqs";
import { expect, test } from "vitest";
import { settleMessage } from "../../../adapters/lambda/settle-message.ts";
import type { MessageVerdict } from "../../../adapters/lambda/message-verdict.ts";
import type { MessageContext } from "../../../adapters/lambda/sqs-process.ts";
import type { SignatureVerdict } from "../../../adapters/signing/verify.ts";
import { BATCH_MAX_BYTES } from "../../../adapters/sqs/send-batch.ts";
import { SIGNATURE_ATTRIBUTE, SIGNATURE_BYTES } from "../../../events/signature.ts";
import { createFakeQueues, toQueueUrl, toRecord } from "./invocation.ts";

const MALFORMED = { outcome: "poison", code: "MalformedMessage", reason: "not JSON" } as const;

type Counts = Record<string, number>;

async function settle(options: {
  readonly body: string;
  readonly signature?: SignatureVerdict;
  readonly verdict?: MessageVerdict;
  /** The code with which the dead-letter queue refuses every message. */
  readonly refusal?: string;
}) {
  const { body, signature = "unsigned", verdict = MALFORMED, refusal } = options;
  const queues = createFakeQueues();
  if (refusal !== undefined) {
    const failed = [{ Id: "0", Code: refusal, SenderFault: true }];
    queues.stub.on(SendMessageBatchCommand).resolves({ Successful: [], Failed: failed });
  }
  const counts: Counts = {};
  const lines: unknown[] = [];
  const log = (...line: unknown[]): number => lines.push(line);
  const logger = { debug: log, info: log, warn: log, error: log };
  const count = (name: string): void => {
    counts[name] = (counts[name] ?? 0) + 1;
  };
  const context = {
    signal: new AbortController().signal,
    deadlineMs: Number.MAX_SAFE_INTEGER,
    telemetry: { logger, count },
  } as unknown as MessageContext;
  const messageAttributes = { [SIGNATURE_ATTRIBUTE]: { stringValue: "0".repeat(64) } };
  const record = { ...toRecord("m", body, { group: "g" }), messageAttributes };
  const deps = {
    client: queues.client,
    deadLetterQueueUrl: toQueueUrl("dead.fifo"),
    functionName: "normalize",
    fifo: true,
    verify: async () => signature,
    process: async () => verdict,
  };
  const settled = await settleMessage(deps, record, context);
  return { settled, counts, lines, letters: queues.sentTo("dead.fifo") };
}

const LARGEST = BATCH_MAX_BYTES - SIGNATURE_BYTES;

test.each([0, 10, 100, 400, 1500])(
  "poison that leaves %i bytes for attributes goes to the dead-letter queue whole, with its signature",
  async (left) => {
    const body = "x".repeat(LARGEST - left);
    const { settled, letters } = await settle({ body });
    expect(settled).toEqual({ outcome: "done" });
    expect(letters.map((letter) => letter.MessageBody)).toEqual([body]);
    expect(letters[0]?.MessageAttributes).toHaveProperty(SIGNATURE_ATTRIBUTE);
  },
);

test("the reason is what is left out first", async () => {
  const { letters } = await settle({ body: "x".repeat(LARGEST - 100) });
  expect(Object.keys(letters[0]?.MessageAttributes ?? {})).toEqual([
    SIGNATURE_ATTRIBUTE,
    "kubemend.code",
    "kubemend.messageId",
    "kubemend.function",
  ]);
});

test.each(["unsigned", "unverifiable"] as const)(
  "%s poison that the dead-letter queue will never accept is dropped, and does not hold its group",
  async (signature) => {
    const refused = await settle({ body: "x", signature, refusal: "InvalidMessageContents" });
    expect(refused.settled).toEqual({ outcome: "done" });
    expect(refused.counts).toEqual({ Dropped: 1, Done: 1 });
    expect(JSON.stringify(refused.lines)).toContain("message dropped");
  },
);

test("signed poison is never dropped", async () => {
  const refused = await settle({
    body: "x",
    signature: "signed",
    refusal: "InvalidMessageContents",
  });
  expect(refused.settled).toMatchObject({ outcome: "retry", code: "MessageRefused" });
});

test("poison is retried while the dead-letter queue is away", async () => {
  const refused = await settle({ body: "x", refusal: "ThrottlingException" });
  expect(refused.settled).toMatchObject({ outcome: "retry" });
});

test.each(["poison", "retry"] as const)(
  "the reason of a %s is cut in logs and dead letters, with its end",
  async (outcome) => {
    const verdict = { outcome, code: "Internal", reason: `no ${"x".repeat(1_000_000)} end` };
    const { lines, letters } = await settle({ body: "{}", signature: "signed", verdict });
    const written = JSON.stringify([lines, letters]);
    expect(written.length).toBeLessThan(4_000);
    expect(written).toContain("no xxx");
    expect(written).toContain("xxx end");
  },
);
