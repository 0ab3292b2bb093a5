import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
  type Message,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startSandbox, type Sandbox } from "../../../sandbox/sandbox.ts";
import { findProjectRoot } from "../../../sandbox/host/project-root.ts";
import { kubemend } from "../../support/host/kubemend.ts";

const folder = mkdtempSync(join(tmpdir(), "kubemend-bad-input-"));
const pipeline = join(findProjectRoot(), "sandbox", "pipeline.yaml");
const stopping = new AbortController();
let sandbox: Sandbox;
let queues: Readonly<Record<string, string>>;

beforeAll(async () => {
  sandbox = await startSandbox(
    { dataDir: join(folder, "sandbox"), bare: false },
    () => {},
    stopping.signal,
  );
  queues = sandbox.info.sqs.queues;
});

afterAll(async () => {
  await sandbox.stop();
  rmSync(folder, { recursive: true, force: true });
});

const environment = (changes: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  KUBECONFIG: sandbox.info.kubeconfig,
  AWS_REGION: sandbox.info.sqs.region,
  AWS_ENDPOINT_URL_SQS: sandbox.info.sqs.endpoint,
  AWS_ACCESS_KEY_ID: "test",
  AWS_SECRET_ACCESS_KEY: "test",
  KUBEMEND_CHANGES_QUEUE_URL: queues["changes"],
  ...changes,
});

/** A copy of this file in which one text is replaced. */
function variant(file: string, from: RegExp | string, to: string): string {
  const path = join(folder, `variant-${Math.random().toString(36).slice(2)}.yaml`);
  const text = readFileSync(file, "utf8");
  const changed = text.replace(from, to);
  if (changed === text) throw new Error(`${file} has no ${from}`);
  writeFileSync(path, changed);
  return path;
}

describe("kubemend relay reports in one message what is wrong, and exits", () => {
  const cases: readonly {
    readonly what: string;
    readonly code: number;
    readonly says: RegExp;
    readonly environment?: () => NodeJS.ProcessEnv;
    readonly config?: () => string;
  }[] = [
    {
      what: "a cluster that cannot be reached",
      code: 1,
      says: /no answer from https:\/\/127\.0\.0\.1:1 .*check that it runs/,
      environment: () => ({
        KUBECONFIG: variant(
          sandbox.info.kubeconfig,
          /"server": ".*"/,
          '"server": "https://127.0.0.1:1"',
        ),
      }),
    },
    {
      what: "a token that the cluster does not accept",
      code: 1,
      says: /401 Unauthorized.*check the token/,
      environment: () => ({
        KUBECONFIG: variant(sandbox.info.kubeconfig, /"token": ".*"/, '"token": "wrong"'),
      }),
    },
    {
      what: "a token without rights",
      code: 1,
      says: /may not get the namespace kube-system.*ClusterRole/,
      environment: () => ({
        KUBECONFIG: join(folder, "sandbox", "access", "notify.kubeconfig"),
      }),
    },
    {
      what: "a queue that does not exist",
      code: 1,
      says: /nope\.fifo.*does not exist/,
      environment: () => ({
        KUBEMEND_CHANGES_QUEUE_URL: queues["changes"]?.replace("changes.fifo", "nope.fifo"),
      }),
    },
    {
      what: "a queue that is not FIFO",
      code: 1,
      says: /alerts is not FIFO.*FifoQueue=true/,
      environment: () => ({ KUBEMEND_CHANGES_QUEUE_URL: queues["alerts"] }),
    },
    {
      what: "a queue service that does not answer",
      code: 1,
      says: /ECONNREFUSED.*AWS_ENDPOINT_URL_SQS/,
      environment: () => ({
        KUBEMEND_CHANGES_QUEUE_URL: "http://127.0.0.1:1/000000000000/changes.fifo",
      }),
    },
    {
      what: "no queue URL",
      code: 2,
      says: /KUBEMEND_CHANGES_QUEUE_URL is missing/,
      environment: () => ({ KUBEMEND_CHANGES_QUEUE_URL: undefined }),
    },
    {
      what: "a resource that no cluster serves",
      code: 1,
      says: /:\d+:\d+.*unknown resource jobs\.bacth\s+did you mean jobs\.batch\?/,
      config: () => variant(pipeline, "resource: configmaps", "resource: jobs.bacth"),
    },
    {
      what: "a pipeline with an unknown key",
      code: 1,
      says: /:\d+:\d+.*wher/,
      config: () => variant(pipeline, "    where:", "    wher:"),
    },
  ];

  test.each(cases)("$what", async ({ code, says, environment: changes, config }) => {
    const stateDir = mkdtempSync(join(folder, "state-"));
    const run = kubemend(
      ["relay", "--state-dir", stateDir, "--config", config?.() ?? pipeline],
      environment(changes?.()),
    );
    const ended = await run.ended;
    expect(ended.stderr).toMatch(says);
    expect(ended.stderr).not.toMatch(/\n\s+at /);
    expect(ended.code).toBe(code);
  });
});

describe("a message from another system", () => {
  test.each([
    ["changes", "changesDeadLetter", "not JSON"],
    ["remediations", "remediationsDeadLetter", "not JSON"],
    // The signature is checked before anything is read.
    ["alerts", "alertsDeadLetter", "no valid signature"],
  ])(
    "on %s is moved unchanged to its dead-letter queue, with the reason",
    async (name, letters, reason) => {
      const client = new SQSClient({
        region: sandbox.info.sqs.region,
        endpoint: sandbox.info.sqs.endpoint,
        credentials: { accessKeyId: "test", secretAccessKey: "test" },
      });
      const QueueUrl = queues[name] ?? "";
      const fifo = QueueUrl.endsWith(".fifo");
      await client.send(
        new SendMessageCommand({
          QueueUrl,
          MessageBody: "hello from another system",
          ...(fifo ? { MessageGroupId: "g", MessageDeduplicationId: "d" } : {}),
        }),
      );
      const letter = await receiveOne(client, queues[letters] ?? "");
      expect(letter.Body).toBe("hello from another system");
      expect(letter.MessageAttributes?.["kubemend.reason"]?.StringValue).toContain(reason);
      client.destroy();
    },
  );
});

async function receiveOne(client: SQSClient, QueueUrl: string): Promise<Message> {
  for (;;) {
    const { Messages: [message] = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl,
        WaitTimeSeconds: 1,
        MessageAttributeNames: ["All"],
      }),
    );
    if (message) return message;
  }
}
