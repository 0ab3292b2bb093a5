import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sha256 } from "../../../events/ids.ts";
import type { RemediationRequest } from "../../../events/request.ts";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import { countDeadLetters } from "../../../sandbox/queues/dead-letters.ts";
import { startQueues, type SandboxQueues } from "../../../sandbox/queues/queues.ts";
import { toMessage } from "../../functions/normalize/world.ts";
import { startApiProxy, type ApiProxy } from "../../support/network/api-proxy.ts";
import { startFunctions, type Functions } from "../../support/functions/functions.ts";
import { createTestQueueClient } from "../../support/queues/queue-server.ts";
import { writeProxied } from "../../support/functions/remediate-process.ts";
import { createFailedRun } from "../../support/functions/remediation-runs.ts";
import { toRequest } from "../../support/functions/remediation-request.ts";
import {
  findJobsOf,
  getRecord,
  RERUN_PIPELINE,
  startRemediationWorld,
  type JobObject,
  type RemediationWorld,
} from "../../support/functions/remediation-world.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

// The longest backoff is scaled from 15 minutes to one second, so 6 h become 24 s.
const RETRY_BACKOFF_MAX_SECONDS = "1";
const OUTAGE_MS = 24_000;
/** The value of infra/queues.yml, from which these queues are created. */
const MAX_RECEIVES = 60;

const [RERUN] = RERUN_PIPELINE.rules;
const DOCUMENT = {
  ...RERUN_PIPELINE,
  rules: [
    { ...RERUN, once: "object" },
    { ...RERUN, id: "patient", for: "3s", once: { key: "'patient'" } },
  ],
};

let world: RemediationWorld;
let proxy: ApiProxy;
let queues: SandboxQueues;
let client: SQSClient;
let functions: Functions;
let pipeline: Pipeline;
let patient: Pipeline;
const folder = temporaryFolder();

beforeAll(async () => {
  pipeline = parse(DOCUMENT);
  patient = { ...pipeline, rules: pipeline.rules.slice(1) };
  const file = join(folder.path, "pipeline.json");
  writeFileSync(file, JSON.stringify(DOCUMENT));
  world = await startRemediationWorld();
  const { server } = world.admin;
  proxy = await startApiProxy({ server, caFile: world.caFile });
  queues = await startQueues();
  client = createTestQueueClient(queues.endpoint);
  const toProxied = (kubeconfig: string): string => writeProxied(kubeconfig, server, proxy.server);
  functions = startFunctions({
    queues,
    pipeline: file,
    kubeconfigs: {
      normalize: toProxied(world.kubeconfigs.normalize),
      remediate: toProxied(world.kubeconfigs.remediate),
    },
    environment: { KUBEMEND_RETRY_BACKOFF_MAX_SECONDS: RETRY_BACKOFF_MAX_SECONDS },
  });
});

afterAll(async () => {
  await functions?.[Symbol.asyncDispose]();
  client?.destroy();
  await queues?.stop();
  await proxy?.[Symbol.asyncDispose]();
  await world?.stop();
  folder[Symbol.dispose]();
});

function parse(document: object): Pipeline {
  const parsed = parsePipeline(document);
  if (parsed.ok) return parsed.value;
  throw new Error(JSON.stringify(parsed.error));
}

async function send(queue: string, group: string, body: object): Promise<void> {
  const text = JSON.stringify(body);
  await client.send(
    new SendMessageCommand({
      QueueUrl: queues.queues[queue],
      MessageBody: text,
      MessageGroupId: group,
      MessageDeduplicationId: sha256(text),
    }),
  );
}

const sendRequest = (request: RemediationRequest): Promise<void> =>
  send("remediations", sha256(request.data.rule.id), request);

function sendChange(job: JobObject): Promise<void> {
  const cluster = { name: "test", uid: world.clusterUid };
  const object = {
    ...job,
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { ...job.metadata, namespace: "default" },
  };
  const { resourceVersion } = job.metadata;
  return send(
    "changes",
    job.metadata.uid,
    toMessage(pipeline, object, { cluster, resourceVersion }),
  );
}

async function failedJob(name: string): Promise<JobObject> {
  const { job } = await createFailedRun(world, name);
  const path = `/apis/batch/v1/namespaces/default/jobs/${job.metadata.name}`;
  return world.admin.request<JobObject>({ method: "GET", path });
}

const phaseOf = async ({ data }: RemediationRequest): Promise<string | undefined> =>
  (await getRecord(world, data.record))?.status?.phase;

test("six hours without an API server dead-letter nothing: changes, requests and wake-ups are all processed afterwards", async () => {
  const waiting = toRequest(world, await failedJob("waiting"), {
    pipeline: patient,
    onceKey: "key/patient",
  });
  await sendRequest(waiting);
  await expect.poll(() => phaseOf(waiting), { timeout: 30_000 }).toBe("Waiting");
  const jobs = await Promise.all(["one", "two", "three", "four"].map(failedJob));
  const requests = jobs.map((job) => toRequest(world, job, { pipeline }));

  proxy.disconnect();
  for (const request of requests.slice(0, 2)) await sendRequest(request);
  for (const job of jobs.slice(2)) await sendChange(job);
  await sleep(OUTAGE_MS);
  const during = [...functions.receives.values()];
  expect(await phaseOf(waiting)).toBe("Waiting");
  for (const request of requests) expect(await phaseOf(request)).toBeUndefined();
  proxy.reconnect();

  const all = [waiting, ...requests];
  await expect
    .poll(() => Promise.all(all.map(phaseOf)), { timeout: 60_000, interval: 500 })
    .toEqual(all.map(() => "Succeeded"));
  for (const request of all) expect(await findJobsOf(world, request.data.record)).toHaveLength(1);
  expect([...(await countDeadLetters(client, queues.queues))]).toEqual([]);
  // They were retried repeatedly, but less often than maxReceiveCount.
  expect(Math.max(...during)).toBeGreaterThan(10);
  expect(Math.max(...functions.receives.values())).toBeLessThan(MAX_RECEIVES);
});
