/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs";
import { mockClient } from "aws-sdk-client-mock";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import { toWakeup } from "../../../core/records/messages/wakeup.ts";
import { toRecordName } from "../../../events/ids.ts";
import type { RecordStatus } from "../../../events/remediation.ts";
import { toRecord as toRemediationRecord } from "../../core/records/record.ts";
import { captureLines, toContext, toRecord } from "../../adapters/lambda/invocation.ts";

const ENDED = toRemediationRecord({
  phase: "Succeeded",
  endedAt: "2026-03-01T10:00:30.000Z",
  message: "created Job data/backup-abc",
});
const { traceparent, ...data } = ENDED.spec;
const NAME = toRecordName({
  clusterUid: data.cluster.uid,
  ruleId: data.rule.id,
  objectUid: data.trigger.uid,
  onceKey: data.onceKey,
  mode: data.mode,
});
const REQUEST = {
  specversion: "1.0",
  id: NAME,
  source: "/clusters/cluster-uid/rules/rerun",
  type: "dev.kubemend.remediation.requested",
  subject: "/apis/batch/v1/namespaces/data/jobs/backup-1",
  time: "2026-03-01T10:00:00.000Z",
  dataschema: "urn:kubemend:request:1",
  traceparent,
  data: { ...data, record: NAME, pipeline: "p" },
};
const PIPELINE = {
  apiVersion: "kubemend.dev/v1alpha1",
  kind: "Pipeline",
  cluster: { name: "test" },
  watch: [{ resource: "pods" }],
};
const RULE = {
  id: "of-a-forger",
  on: { resource: "jobs.batch" },
  then: [{ createJobFromCronJob: {} }, { alert: { to: "team", summary: "'failed'" } }],
};

const sqs = mockClient(SQSClient);
let folder: string;
let server: Server;
let asked: string[];
/** The record's status, as the API server has it. */
let status: RecordStatus;
/** Its other answers, by path. */
let answers: Map<string, unknown>;

/** An API server that has one record. */
beforeEach(async () => {
  asked = [];
  status = { ...ENDED.status, phase: "Succeeded" };
  answers = new Map();
  sqs.reset();
  server = createServer((request, response) => {
    const line = `${request.method} ${request.url?.split("/").at(-1)}`;
    asked.push(line);
    const known = answers.get(request.url ?? "");
    const [code, body] = known === undefined ? toAnswer(line) : [200, known];
    response.writeHead(code).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  folder = mkdtempSync(join(tmpdir(), "kubemend-handler-"));
  stubEnvironment((server.address() as AddressInfo).port);
  vi.resetModules();
});

function toAnswer(line: string): readonly [number, unknown] {
  switch (line) {
    case "GET kube-system":
      return [200, { metadata: { name: "kube-system", uid: "cluster-uid" } }];
    case `GET ${NAME}`:
      return [200, { ...ENDED, status, metadata: { ...ENDED.metadata, name: NAME } }];
    case "POST events":
      return [201, {}];
    default:
      return [404, { kind: "Status", reason: "NotFound" }];
  }
}

function stubEnvironment(port: number): void {
  const kubeconfig = join(folder, "kubeconfig");
  const pipeline = join(folder, "pipeline.json");
  const cluster = { name: "c", cluster: { server: `http://127.0.0.1:${port}` } };
  const context = { name: "c", context: { cluster: "c", user: "c" } };
  const users = [{ name: "c", user: { token: "t" } }];
  writeFileSync(
    kubeconfig,
    JSON.stringify({ "current-context": "c", clusters: [cluster], contexts: [context], users }),
  );
  writeFileSync(pipeline, JSON.stringify({ ...PIPELINE, rules: [RULE] }));
  const environment = {
    KUBECONFIG: kubeconfig,
    KUBEMEND_PIPELINE: pipeline,
    KUBEMEND_ALERTS_QUEUE_URL: "http://127.0.0.1:1/0/alerts",
    KUBEMEND_WAKEUPS_QUEUE_URL: "http://127.0.0.1:1/0/wakeups",
    KUBEMEND_DEAD_LETTER_QUEUE_URL: "http://127.0.0.1:1/0/dead.fifo",
    KUBEMEND_WAKEUPS_DEAD_LETTER_QUEUE_URL: "http://127.0.0.1:1/0/wakeups-dead",
    AWS_REGION: "eu-central-1",
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
}

afterEach(() => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

/** Delivers the request for the record that has ended, with this receive count. */
async function deliver(received: number): Promise<unknown> {
  const { handler } = await import("../../../functions/remediate/handler.ts");
  const record = toRecord("m", JSON.stringify(REQUEST), { group: "g", received });
  const { value } = await captureLines(() => handler({ Records: [record] }, toContext()));
  return value;
}

it("a message that is received for the first time leaves a record that has ended alone", async () => {
  expect(await deliver(1)).toEqual({ batchItemFailures: [] });
  expect(asked).toEqual(["GET kube-system", `GET ${NAME}`]);
});

it("a message that is received again emits the Event of a record that has ended, in case its first run could not", async () => {
  expect(await deliver(2)).toEqual({ batchItemFailures: [] });
  expect(asked).toEqual(["GET kube-system", `GET ${NAME}`, "POST events"]);
});

it("a wake-up that comes early is sent again to the queue of wake-ups, delayed by what is left", async () => {
  const due = new Date(Date.now() + 600_000).toISOString();
  status = { phase: "Waiting", reason: "For", wakeAt: due };
  const record = { ...ENDED, metadata: { ...ENDED.metadata, name: NAME } };
  const wakeup = toWakeup({ record, subject: "/x", due, now: new Date().toISOString() });
  sqs
    .on(SendMessageBatchCommand)
    .resolves({ Successful: [{ Id: "0", MessageId: "m", MD5OfMessageBody: "" }] });
  const { handler } = await import("../../../functions/remediate/handler.ts");
  const message = toRecord("m", JSON.stringify(wakeup));
  const { value } = await captureLines(() => handler({ Records: [message] }, toContext()));
  expect(value).toEqual({ batchItemFailures: [] });
  const calls = sqs.commandCalls(SendMessageBatchCommand).map(({ args }) => args[0].input);
  expect(calls).toMatchObject([
    {
      QueueUrl: "http://127.0.0.1:1/0/wakeups",
      Entries: [{ MessageBody: JSON.stringify(wakeup) }],
    },
  ]);
  const delay = calls[0]?.Entries?.[0]?.DelaySeconds ?? 0;
  expect(delay).toBeGreaterThan(500);
  expect(delay).toBeLessThanOrEqual(600);
});

/** The discovery of an API server that serves Jobs. */
const SERVED = {
  kind: "APIGroupDiscoveryList",
  apiVersion: "apidiscovery.k8s.io/v2",
  items: [
    {
      metadata: { name: "batch" },
      versions: [
        {
          version: "v1",
          resources: [
            {
              resource: "jobs",
              responseKind: { group: "batch", version: "v1", kind: "Job" },
              scope: "Namespaced",
              verbs: ["get", "list", "watch"],
            },
          ],
        },
      ],
    },
  ],
};

it.each([
  [
    "without signing keys: that of an object that is gone is not doubted, but nothing is done",
    undefined,
    "TriggerGone",
  ],
  [
    "with signing keys: anybody may have written it",
    '{"keys":["a-key-of-24-characters-xx"]}',
    "Unverified",
  ],
])("an unsigned request is alerted on %s", async (_what, keys, code) => {
  if (keys !== undefined) vi.stubEnv("KUBEMEND_SIGNING_KEYS", keys);
  answers.set("/apis", SERVED).set("/api", { ...SERVED, items: [] });
  sqs
    .on(SendMessageBatchCommand)
    .resolves({ Successful: [{ Id: "0", MessageId: "m", MD5OfMessageBody: "" }] });
  const parsed = parsePipeline({ ...PIPELINE, rules: [RULE] });
  const [rule] = parsed.ok ? parsed.value.rules : [];
  const asks = { ...data, rule: { id: RULE.id, digest: rule?.digest ?? "" } };
  const record = toRecordName({
    clusterUid: data.cluster.uid,
    ruleId: RULE.id,
    objectUid: data.trigger.uid,
    onceKey: data.onceKey,
    mode: data.mode,
  });
  const body = JSON.stringify({ ...REQUEST, id: record, data: { ...asks, record, pipeline: "p" } });
  const { handler } = await import("../../../functions/remediate/handler.ts");
  const message = toRecord("m", body, { group: "g" });
  const { value } = await captureLines(() => handler({ Records: [message] }, toContext()));
  expect(value).toEqual({ batchItemFailures: [] });
  const [call] = sqs.commandCalls(SendMessageBatchCommand).map(({ args }) => args[0].input);
  expect(call?.QueueUrl).toBe("http://127.0.0.1:1/0/alerts");
  expect(JSON.parse(call?.Entries?.[0]?.MessageBody ?? "{}")).toMatchObject({
    data: { problem: { code } },
  });
  expect(asked.filter((line) => /^POST.*remediations/.test(line))).toEqual([]);
});

it("an invocation without messages does nothing", async () => {
  const { handler } = await import("../../../functions/remediate/handler.ts");
  const { value } = await captureLines(() => handler({ Records: [] }, toContext()));
  expect(value).toEqual({ batchItemFailures: [] });
  expect(asked).toEqual([]);
});
