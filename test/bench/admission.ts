import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { SendMessageBatchCommand } from "@aws-sdk/client-sqs";
import { readPipelineFile } from "../../adapters/pipeline-file.ts";
import { forEachConcurrently } from "../../core/for-each-concurrently.ts";
import type { Pipeline } from "../../core/pipeline/pipeline.ts";
import { toRequestGroupId } from "../../events/ids.ts";
import type { RemediationRecord } from "../../events/remediation.ts";
import type { RemediationRequest } from "../../events/request.ts";
import { findProjectRoot } from "../../sandbox/host/project-root.ts";
import { startPipelineFunction } from "../../sandbox/pipeline/pipeline-function.ts";
import { createPipelineWatcher } from "../../sandbox/pipeline/pipeline-watcher.ts";
import { readFunctionSettings } from "../../sandbox/runtime/function-settings.ts";
import { toRequest } from "../support/functions/remediation-request.ts";
import { findElasticMqObstacle } from "../support/queues/elasticmq.ts";
import { createTestQueueClient } from "../support/queues/queue-server.ts";
import type { Bench } from "./bench.ts";
import type { GuardsName } from "./remediation/guards.ts";
import { breakObject, createObjects, RECORDS } from "./remediation/load.ts";
import { toPipeline } from "./remediation/pipeline.ts";
import { countAnswers } from "./remediation/requests.ts";
import { setStage, type Stage } from "./remediation/stage.ts";
import { JOB_WORK } from "./remediation/work.ts";
import type { Cell } from "./table.ts";

const REQUESTS = 500;
/** As serverless.yml bounds it. */
const CONCURRENCY = 20;
const PARALLEL = 8;
const BATCH = 10;
const PATIENCE_MS = 180_000;
const POLL_MS = 250;
/** Phases of a record whose guard has not answered yet; and the reason of one that lost to others, which asks again. */
const UNANSWERED: ReadonlySet<string> = new Set(["Pending", "Waiting", "GuardContended"]);
const GUARD_WRITE = "PUT ruleguards/status";

export const admission: Bench = {
  about:
    "500 requests of one rule at once: writes of its guard, conflicts, and time to the last answer",
  async run({ progress, show }) {
    const queues = findElasticMqObstacle() === undefined ? "ElasticMQ" : "fauxqs";
    const rows: Cell[][] = [];
    for (const guards of ["defaults", "wide"] as const) {
      progress.doing(`${REQUESTS} requests, guards ${guards}`);
      await using stage = await setStage({ rules: 1, queues, guards });
      rows.push(await play(stage, guards));
    }
    show({
      title: `${REQUESTS} requests of one rule at once, ${queues}, ${CONCURRENCY} functions`,
      columns: ["guards", "writes", "conflicts", "answered", "started", "deferred", "last s"],
      rows,
      notes: [
        "last: until the last record has been admitted or deferred, with the starts of the functions",
        "defaults: 10 at once, 60 an hour, the storm brake at 100; wide: all of them may start",
        "writes and conflicts: of the rule's guard, by the API server's metrics",
        "all functions share this machine's cores with the API server: the fewer cores, the longer a write takes, and the more of them are lost",
      ],
    });
  },
};

async function play(stage: Stage, guards: GuardsName): Promise<Cell[]> {
  const { client } = stage;
  // Definitions, rights and identities; the requests are sent by the bench itself.
  await stage.startPipeline();
  await stage.stopPipeline();
  const file = join(stage.folder, "admission.json");
  writeFileSync(file, toPipeline(1, JOB_WORK, guards));
  const requests = await createRequests(stage, file);
  await send(stage, requests);
  const before = await countAnswers(client, GUARD_WRITE);
  const startMs = performance.now();
  const remediate = startRemediate(stage, file);
  try {
    const phases = await untilAnswered(stage, requests);
    const lastSeconds = (performance.now() - startMs) / 1_000;
    const after = await countAnswers(client, GUARD_WRITE);
    const answered = (code: string): number => (after.get(code) ?? 0) - (before.get(code) ?? 0);
    const count = (of: (phase: string) => boolean): number => phases.filter(of).length;
    return [
      guards,
      answered("200"),
      answered("409"),
      count((phase) => !UNANSWERED.has(phase)),
      count((phase) => phase === "Running" || phase === "Succeeded"),
      count((phase) => phase === "Deferred"),
      lastSeconds,
    ];
  } finally {
    await remediate.stop();
  }
}

/** Creates failed Jobs, and the requests that normalize would send about them. */
async function createRequests(stage: Stage, file: string): Promise<readonly RemediationRequest[]> {
  const { client } = stage;
  const load = { count: REQUESTS, rules: 1, prefix: "storm" };
  const jobs = await createObjects(client, JOB_WORK, load);
  await forEachConcurrently(jobs, PARALLEL, ({ name }) => breakObject(client, JOB_WORK, name));
  const pipeline = await readPipeline(file);
  return jobs.map((metadata) => toRequest(stage, { metadata, spec: {} }, { pipeline }));
}

async function readPipeline(file: string): Promise<Pipeline> {
  const read = await readPipelineFile(file);
  if (read.ok) return read.value.pipeline;
  throw new Error(JSON.stringify(read.error));
}

async function send(stage: Stage, requests: readonly RemediationRequest[]): Promise<void> {
  const queues = createTestQueueClient(stage.queueEndpoint);
  for (let start = 0; start < requests.length; start += BATCH) {
    const Entries = requests.slice(start, start + BATCH).map((request, index) => ({
      Id: String(index),
      MessageBody: JSON.stringify(request),
      MessageGroupId: toRequestGroupId(stage.clusterUid, request.data.trigger),
      MessageDeduplicationId: request.id,
    }));
    const QueueUrl = stage.queues.queues["remediations"];
    await queues.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  }
  queues.destroy();
}

/** The function as it is deployed, with as many environments. */
function startRemediate(stage: Stage, file: string): { readonly stop: () => Promise<void> } {
  const root = findProjectRoot();
  const settings = readFunctionSettings(root).find(({ name }) => name === "remediate");
  if (settings === undefined) throw new Error("serverless.yml has no function remediate");
  const client = createTestQueueClient(stage.queueEndpoint);
  const watcher = createPipelineWatcher();
  const started = startPipelineFunction(settings, {
    functions: join(root, "dist", "functions"),
    packedPipeline: file,
    queues: stage.queues,
    client,
    kubeconfigs: { remediate: stage.remediateKubeconfig },
    watcher,
    messages: new Set(),
    concurrency: CONCURRENCY,
  });
  return {
    async stop() {
      await started.stop();
      client.destroy();
      for (const problem of watcher.problems) process.stderr.write(`${problem}\n`);
    },
  };
}

/** The phases of the records, once each has been admitted or held back, or the time is up. */
async function untilAnswered(
  { client }: Stage,
  requests: readonly RemediationRequest[],
): Promise<readonly string[]> {
  const names = new Set(requests.map(({ data }) => data.record));
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const { items } = await client.request<{ items: readonly RemediationRecord[] }>({
      method: "GET",
      path: RECORDS,
    });
    const phases = items
      .filter(({ metadata }) => names.has(metadata.name))
      .map(({ status }) =>
        status?.reason === "GuardContended" ? status.reason : (status?.phase ?? "Pending"),
      );
    const answered = phases.filter((phase) => !UNANSWERED.has(phase)).length;
    if (answered === requests.length || performance.now() > deadline) return phases;
    await sleep(POLL_MS);
  }
}
