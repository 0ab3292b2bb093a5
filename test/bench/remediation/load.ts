import { setTimeout as sleep } from "node:timers/promises";
import { toRecordName } from "../../../events/ids.ts";
import { readLines } from "../../../adapters/kubernetes/http/byte-lines.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import type { RemediationRecord } from "../../../events/remediation.ts";
import { toRuleId, WATCHED_NAMESPACE } from "./pipeline.ts";
import type { Stage } from "./stage.ts";
import { toFailedJobStatus } from "../../support/kubernetes/failed-job-status.ts";

export const RECORDS = "/apis/kubemend.dev/v1alpha1/namespaces/kubemend/remediations";
/** How long the last Jobs may take after the last change. */
const PATIENCE_MS = 60_000;
const PARALLEL_CREATES = 8;

type Meta = {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly annotations?: Readonly<Record<string, string>>;
};

/** The times of one change on its way to the new Job; ms since the epoch. */
export type Passage = {
  /** When the change was sent to the API server. */
  readonly sentMs: number;
  /** When the relay had read it, and when remediate had begun, according to the record. */
  readonly readMs: number;
  readonly begunMs: number;
  /** When a watch showed the new Job. */
  readonly createdMs: number;
};

export type Load = {
  readonly perSecond: number;
  readonly rules: number;
  readonly count: number;
  /** Distinguishes these Jobs from those of other loads. */
  readonly prefix: string;
};

export function toJobsPath(namespace: string): string {
  return `/apis/batch/v1/namespaces/${namespace}/jobs`;
}

export function toCronJobsPath(namespace: string): string {
  return `/apis/batch/v1/namespaces/${namespace}/cronjobs`;
}

/**
 * Makes Jobs fail at an even pace, regardless of the outcome, and measures for each how long it took until its new Job existed. A
 * Job that does not exist after a minute counts as missing. `begin` runs when all Jobs exist, before the first of them fails.
 */
export async function play(
  stage: Stage,
  load: Load,
  begin: () => Promise<void> = async () => undefined,
): Promise<readonly Passage[]> {
  const { client } = stage;
  const jobs = await createJobs(client, load);
  const records = jobs.map(({ uid }, index) =>
    toRecordName({
      clusterUid: stage.clusterUid,
      ruleId: toRuleId(index % load.rules),
      objectUid: uid,
      onceKey: "object",
      mode: "enforce",
    }),
  );
  const createdMs = new Map<string, number>();
  const stop = new AbortController();
  const watching = watchCreated(client, jobs.at(-1)?.resourceVersion ?? "", createdMs, stop.signal);
  await begin();
  const sentMs = await failAll(client, jobs, load.perSecond);
  const lateMs = Date.now() + PATIENCE_MS;
  while (Date.now() < lateMs && records.some((name) => !createdMs.has(name))) await sleep(50);
  stop.abort();
  await watching;
  const recordsByName = await readRecords(client);
  return records.flatMap((name, index) => {
    const record = recordsByName.get(name);
    const created = createdMs.get(name);
    if (record === undefined || created === undefined) return [];
    return [
      {
        sentMs: sentMs[index] ?? 0,
        readMs: Date.parse(record.spec.change.time),
        begunMs: Date.parse(record.status?.startedAt ?? ""),
        createdMs: created,
      },
    ];
  });
}

/** Creates Jobs of a CronJob that is named after the load, and the CronJob. */
export async function createJobs(
  client: KubernetesClient,
  load: Omit<Load, "perSecond">,
  namespace: string = WATCHED_NAMESPACE,
): Promise<readonly Meta[]> {
  const pod = { restartPolicy: "Never", containers: [{ name: "main", image: "none" }] };
  const template = { spec: pod };
  const owner = await client.request<{ readonly metadata: Meta }>({
    method: "POST",
    path: toCronJobsPath(namespace),
    body: {
      metadata: { name: load.prefix },
      spec: { schedule: "0 3 1 1 *", jobTemplate: { spec: { template } } },
    },
  });
  const { name, uid } = owner.metadata;
  const references = [{ apiVersion: "batch/v1", kind: "CronJob", name, uid, controller: true }];
  const jobs: Meta[] = [];
  for (let start = 0; start < load.count; start += PARALLEL_CREATES) {
    const length = Math.min(PARALLEL_CREATES, load.count - start);
    const made = Array.from({ length }, async (_, offset) => {
      const index = start + offset;
      const labels = { rule: toRuleId(index % load.rules) };
      const metadata = { name: `${load.prefix}-${index}`, labels, ownerReferences: references };
      const body = { metadata, spec: { backoffLimit: 0, template } };
      return client.request<{ readonly metadata: Meta }>({
        method: "POST",
        path: toJobsPath(namespace),
        body,
      });
    });
    jobs.push(...(await Promise.all(made)).map(({ metadata }) => metadata));
  }
  return jobs;
}

/** At an even pace by the clock: a late request does not delay the next ones. */
async function failAll(
  client: KubernetesClient,
  jobs: readonly Meta[],
  perSecond: number,
): Promise<readonly number[]> {
  const startMs = Date.now();
  const sentMs: number[] = [];
  const under: Promise<unknown>[] = [];
  for (const [index, { name }] of jobs.entries()) {
    await sleep(Math.max(0, startMs + (index * 1000) / perSecond - Date.now()));
    sentMs.push(Date.now());
    under.push(failJob(client, name));
  }
  await Promise.all(under);
  return sentMs;
}

/** Writes what the Job controller writes when a Job has failed. */
export async function failJob(
  client: KubernetesClient,
  name: string,
  namespace: string = WATCHED_NAMESPACE,
): Promise<void> {
  await client.request({
    method: "PATCH",
    path: `${toJobsPath(namespace)}/${name}/status`,
    contentType: "application/merge-patch+json",
    body: { status: toFailedJobStatus() },
  });
}

async function watchCreated(
  client: KubernetesClient,
  resourceVersion: string,
  createdMs: Map<string, number>,
  signal: AbortSignal,
): Promise<void> {
  const query = { watch: true, resourceVersion };
  try {
    const { body } = await client.stream({
      method: "GET",
      path: toJobsPath(WATCHED_NAMESPACE),
      query,
      signal,
    });
    for await (const line of readLines(body)) {
      const seenMs = Date.now();
      const event = JSON.parse(line) as { type: string; object: { metadata: Meta } };
      const record = event.object.metadata.annotations?.["kubemend.dev/cause"];
      if (event.type === "ADDED" && record !== undefined) createdMs.set(record, seenMs);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

async function readRecords(
  client: KubernetesClient,
): Promise<ReadonlyMap<string, RemediationRecord>> {
  const { items } = await client.request<{ items: readonly RemediationRecord[] }>({
    method: "GET",
    path: RECORDS,
  });
  return new Map(items.map((record) => [record.metadata.name, record]));
}
