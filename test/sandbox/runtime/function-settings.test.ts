import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findProjectRoot } from "../../../sandbox/host/project-root.ts";
import { readQueueSettings, toQueueKey } from "../../../sandbox/queues/queue-settings.ts";
import {
  readFunctionSettings,
  toFunctionEnvironment,
} from "../../../sandbox/runtime/function-settings.ts";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "kubemend-settings-"));
  mkdirSync(join(root, "infra"));
  writeFileSync(join(root, "infra", "queues.yml"), QUEUES);
  writeFileSync(join(root, "serverless.yml"), toService(""));
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

const QUEUES = `
Resources:
  WorkQueue:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: \${self:custom.queuePrefix}work.fifo
      FifoQueue: true
      VisibilityTimeout: 360
      RedrivePolicy:
        deadLetterTargetArn: { Fn::GetAtt: [WorkDeadLetterQueue, Arn] }
        maxReceiveCount: 3
  WorkDeadLetterQueue:
    Type: AWS::SQS::Queue
    Properties: { QueueName: "\${self:custom.queuePrefix}work-dead-letter.fifo", FifoQueue: true }
  TalkQueue:
    Type: AWS::SQS::Queue
    Properties: { QueueName: "\${self:custom.queuePrefix}talk" }
`;

function toService(sqs: string, queue = "WorkQueue"): string {
  return `
provider: { name: aws, timeout: 60, memorySize: 256 }
functions:
  toil:
    handler: dist/functions/toil.handler
    environment:
      PLAIN: text
      TALK_URL: { Ref: TalkQueue }
      PLACE: { Ref: RelayNamespace }
      LEASE: { Fn::Sub: "\${RelayNamespace}/relay" }
    events:
      - sqs:
          arn: { Fn::GetAtt: [${queue}, Arn] }
${sqs}
`;
}

test("the functions of serverless.yml are those of the flow, with their queues", () => {
  const settings = readFunctionSettings(findProjectRoot());
  const flow = settings.map(({ name, sources, timeoutMs }) => [
    name,
    sources.map(({ queue }) => queue),
    timeoutMs,
  ]);
  expect(flow).toEqual([
    ["normalize", ["changes"], 60_000],
    ["remediate", ["remediations", "wakeups"], 60_000],
    ["transfer", ["transfers"], 60_000],
    ["notify", ["alerts"], 30_000],
    ["sweep", [], 60_000],
  ]);
  for (const source of settings.flatMap(({ sources }) => sources)) {
    expect(source).toMatchObject({ batchSize: 10, reportBatchItemFailures: true });
  }
  const schedules = settings.flatMap(({ name, schedules }) =>
    schedules.map(({ everyMs }) => [name, everyMs]),
  );
  expect(schedules).toEqual([["sweep", 60_000]]);
});

test("a function's settings are read, with AWS's defaults for those that are missing", () => {
  expect(readFunctionSettings(root)).toEqual([
    {
      name: "toil",
      bundle: join(root, "dist", "functions", "toil.mjs"),
      timeoutMs: 60_000,
      memoryMb: 256,
      environment: {
        PLAIN: { type: "text", text: "text" },
        TALK_URL: { type: "queueUrl", queue: "talk" },
        PLACE: { type: "text", text: "${RelayNamespace}" },
        LEASE: { type: "text", text: "${RelayNamespace}/relay" },
      },
      sources: [
        {
          queue: "work",
          fifo: true,
          batchSize: 10,
          batchingWindowMs: 0,
          maximumConcurrency: undefined,
          reportBatchItemFailures: false,
        },
      ],
      schedules: [],
    },
  ]);
});

test("a reference to a queue becomes its URL, and what only the deployment can resolve is left out", () => {
  const [toil] = readFunctionSettings(root);
  if (toil === undefined) throw new Error("no function");
  expect(toFunctionEnvironment(toil, { talk: "http://127.0.0.1/0/talk" })).toEqual({
    PLAIN: "text",
    TALK_URL: "http://127.0.0.1/0/talk",
  });
});

test.each([
  ["          filterPatterns: [{ body: { a: [1] } }]", "WorkQueue", "filterPatterns"],
  ["          batchSize: 11", "WorkQueue", "limit of a FIFO queue"],
  ["          maximumBatchingWindow: 5", "WorkQueue", "cannot have a batching window"],
  ["          batchSize: 100", "TalkQueue", "maximumBatchingWindow"],
  ["", "GoneQueue", "gone is not in infra/queues.yml"],
])("what AWS or the sandbox does not support is refused: %s of %s", (sqs, queue, reason) => {
  writeFileSync(join(root, "serverless.yml"), toService(sqs, queue));
  expect(() => readFunctionSettings(root)).toThrow(reason);
});

test("queues are read with an empty prefix, dead-letter queues first", () => {
  expect(readQueueSettings(root)).toEqual([
    {
      key: "workDeadLetter",
      name: "work-dead-letter.fifo",
      attributes: { FifoQueue: "true" },
    },
    { key: "talk", name: "talk", attributes: {} },
    {
      key: "work",
      name: "work.fifo",
      attributes: {
        FifoQueue: "true",
        VisibilityTimeout: "360",
        RedrivePolicy: JSON.stringify({
          deadLetterTargetArn: "arn:aws:sqs:us-east-1:000000000000:work-dead-letter.fifo",
          maxReceiveCount: 3,
        }),
      },
    },
  ]);
});

test.each([
  ["VisibilityTimeout: 360", "VisibilityTimeOut: 360", "VisibilityTimeOut"],
  ["WorkDeadLetterQueue, Arn", "WorkDeadLeterQueue, Arn", "WorkDeadLeterQueue is not declared"],
])("a mistake in infra/queues.yml is reported: %s -> %s", (right, wrong, reason) => {
  writeFileSync(join(root, "infra", "queues.yml"), QUEUES.replace(right, wrong));
  expect(() => readQueueSettings(root)).toThrow(reason);
});

test("a queue's key is its shortened logical id", () => {
  expect(toQueueKey("ChangesQueue")).toBe("changes");
  expect(toQueueKey("ChangesDeadLetterQueue")).toBe("changesDeadLetter");
});
