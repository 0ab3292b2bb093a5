import { setTimeout as sleep } from "node:timers/promises";
import { toRecordName } from "../../../events/ids.ts";
import { readLines } from "../../../adapters/kubernetes/http/byte-lines.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import type { RemediationRecord } from "../../../events/remediation.ts";
import { toRuleId } from "./pipeline.ts";
import type { Stage } from "./stage.ts";
import { toCollectionPath, WATCHED_NAMESPACE, type Meta, type Work } from "./work.ts";

export const RECORDS = "/apis/kubemend.dev/v1alpha1/namespaces/kubemend/remediations";
/** How long the last Jobs may take after the last change. */
const PATIENCE_MS = 60_000;
const PARALLEL_CREATES = 8;

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

/**
 * Breaks objects at an even pace, regardless of the outcome, and measures for each how long it took until the effect of its remediation
 * showed (for a Job: its new Job). One that does not show after a minute counts as missing. `begin` runs when all objects exist, before the
 * first of them breaks.
 */
export async function play(
  stage: Stage,
  load: Load,
  begin: () => Promise<void> = async () => undefined,
): Promise<readonly Passage[]> {
  const { client, work } = stage;
  const objects = await createObjects(client, work, load);
  const records = objects.map(({ uid }, index) =>
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
  const from = objects.at(-1)?.resourceVersion ?? "";
  const watching = watchEffects(client, work, from, createdMs, stop.signal);
  await begin();
  const sentMs = await breakAll(client, work, objects, load.perSecond);
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

/** Creates the objects of a load, and what they have in common. */
export async function createObjects(
  client: KubernetesClient,
  work: Work,
  load: Omit<Load, "perSecond">,
  namespace: string = WATCHED_NAMESPACE,
): Promise<readonly Meta[]> {
  const shared = await work.prepare(client, load.prefix, namespace);
  const path = toCollectionPath(work, namespace);
  const objects: Meta[] = [];
  for (let start = 0; start < load.count; start += PARALLEL_CREATES) {
    const length = Math.min(PARALLEL_CREATES, load.count - start);
    const made = Array.from({ length }, async (_, offset) => {
      const index = start + offset;
      const labels = { rule: toRuleId(index % load.rules) };
      const body = work.toBody({ name: `${load.prefix}-${index}`, labels }, shared);
      return client.request<{ readonly metadata: Meta }>({ method: "POST", path, body });
    });
    objects.push(...(await Promise.all(made)).map(({ metadata }) => metadata));
  }
  return objects;
}

/** At an even pace by the clock: a late request does not delay the next ones. */
async function breakAll(
  client: KubernetesClient,
  work: Work,
  objects: readonly Meta[],
  perSecond: number,
): Promise<readonly number[]> {
  const startMs = Date.now();
  const sentMs: number[] = [];
  const under: Promise<unknown>[] = [];
  for (const [index, { name }] of objects.entries()) {
    await sleep(Math.max(0, startMs + (index * 1000) / perSecond - Date.now()));
    sentMs.push(Date.now());
    under.push(breakObject(client, work, name));
  }
  await Promise.all(under);
  return sentMs;
}

/** Writes what its controller writes when an object needs the remediation. */
export async function breakObject(
  client: KubernetesClient,
  work: Work,
  name: string,
  namespace: string = WATCHED_NAMESPACE,
): Promise<void> {
  await client.request({
    method: "PATCH",
    path: `${toCollectionPath(work, namespace)}/${name}/status`,
    contentType: "application/merge-patch+json",
    body: { status: work.broken() },
  });
}

async function watchEffects(
  client: KubernetesClient,
  work: Work,
  resourceVersion: string,
  createdMs: Map<string, number>,
  signal: AbortSignal,
): Promise<void> {
  const query = { watch: true, resourceVersion };
  try {
    const { body } = await client.stream({
      method: "GET",
      path: toCollectionPath(work, WATCHED_NAMESPACE),
      query,
      signal,
    });
    for await (const line of readLines(body)) {
      const seenMs = Date.now();
      const event = JSON.parse(line) as { type: string; object: { metadata: Meta } };
      const record = event.object.metadata.annotations?.["kubemend.dev/cause"];
      if (event.type !== work.effect || record === undefined || createdMs.has(record)) continue;
      createdMs.set(record, seenMs);
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
