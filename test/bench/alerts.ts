import { setTimeout as sleep } from "node:timers/promises";
import { forEachConcurrently } from "../../core/for-each-concurrently.ts";
import { findElasticMqObstacle } from "../support/queues/elasticmq.ts";
import { startReceiver } from "../support/receiver-server.ts";
import { createAnnouncements, type Announcement } from "./alerts/announcements.ts";
import { toAlertPipeline, type Way } from "./alerts/pipeline.ts";
import type { Bench, BenchContext } from "./bench.ts";
import { toPercentile } from "./percentile.ts";
import { breakObject } from "./remediation/load.ts";
import { setStage, type Stage } from "./remediation/stage.ts";
import { JOB_WORK, toCollectionPath, WATCHED_NAMESPACE } from "./remediation/work.ts";

/** So slowly that no alert waits for another one. */
const PER_SECOND = 4;
const STORM = 500;
const PARALLEL = 8;
const PATIENCE_MS = 60_000;

type Announcements = ReturnType<typeof createAnnouncements>;

export const alerts: Bench = {
  about: "time from a change to its alert at a webhook; how many messages a storm of 500 is",
  async run(context) {
    const queues = findElasticMqObstacle() === undefined ? "ElasticMQ" : "fauxqs";
    const announcements = createAnnouncements();
    await using receiver = await startReceiver(announcements.take);
    await using stage = await setStage({
      rules: 1,
      queues,
      guards: "off",
      pipeline: toAlertPipeline(receiver.url),
    });
    await stage.startPipeline();
    context.progress.doing("warming up");
    await play(stage, announcements, "alone", 10, "warm-up");
    await play(stage, announcements, "first", 10, "warm-up-first");
    const count = Math.max(10, context.options.seconds * PER_SECOND);
    const rows = [];
    for (const way of ["alone", "first"] as const) {
      context.progress.doing(`alerts ${way}`);
      rows.push(toRow(way, await play(stage, announcements, way, count, way), count));
    }
    showLatency(context, queues, rows);
    context.progress.doing(`a storm of ${STORM}`);
    showStorm(context, await playStorm(stage, announcements));
    const problems = await stage.diagnose();
    if (problems !== "") process.stderr.write(`${problems}\n`);
  },
};

/** When each of these Jobs was made to fail, and its alert. */
type Passage = { readonly sentMs: number; readonly announced: Announcement };

async function createJobs({ client }: Stage, way: Way, names: readonly string[]): Promise<void> {
  const path = toCollectionPath(JOB_WORK, WATCHED_NAMESPACE);
  const containers = [{ name: "main", image: "none" }];
  const spec = { template: { spec: { restartPolicy: "Never", containers } } };
  await forEachConcurrently(names, PARALLEL, async (name) => {
    const body = { metadata: { name, labels: { rule: way } }, spec };
    await client.request({ method: "POST", path, body });
  });
}

/** Has Jobs fail at an even pace, and waits for their alerts. */
async function play(
  stage: Stage,
  announcements: Announcements,
  way: Way,
  count: number,
  prefix: string,
): Promise<readonly Passage[]> {
  const names = Array.from({ length: count }, (_none, index) => `${prefix}-${index}`);
  await createJobs(stage, way, names);
  const sentMs = new Map<string, number>();
  const startMs = Date.now();
  for (const [index, name] of names.entries()) {
    await sleep(Math.max(0, startMs + (index * 1_000) / PER_SECOND - Date.now()));
    sentMs.set(name, Date.now());
    void breakObject(stage.client, JOB_WORK, name);
  }
  const find = (): readonly Announcement[] =>
    announcements.all.filter(({ alert }) => sentMs.has(alert.data.trigger.name));
  await announcements.until(() => find().length >= count, PATIENCE_MS);
  return find().map((announced) => ({
    sentMs: sentMs.get(announced.alert.data.trigger.name) ?? Number.NaN,
    announced,
  }));
}

function toRow(way: Way, passages: readonly Passage[], count: number) {
  const at = (share: number, of: (passage: Passage) => number): number =>
    toPercentile(passages.map(of), share) ?? Number.NaN;
  const toArrivalMs = ({ sentMs, announced }: Passage): number => announced.atMs - sentMs;
  const toReadMs = ({ announced }: Passage): number => Date.parse(announced.alert.data.change.time);
  const toDecidedMs = ({ announced }: Passage): number => Date.parse(announced.alert.time);
  return [
    way,
    count - passages.length,
    at(0.5, toArrivalMs),
    at(0.99, toArrivalMs),
    at(0.5, (passage) => toReadMs(passage) - passage.sentMs),
    at(0.5, (passage) => toDecidedMs(passage) - toReadMs(passage)),
    at(0.5, (passage) => passage.announced.atMs - toDecidedMs(passage)),
  ];
}

function showLatency(
  { show }: BenchContext,
  queues: string,
  rows: readonly (readonly (string | number)[])[],
): void {
  show({
    title: `Change to alert at its receiver, ${queues}, ${PER_SECOND} changes/s`,
    columns: ["alert", "missing", "p50 ms", "p99 ms", "relay ms", "normalize ms", "notify ms"],
    rows,
    notes: [
      "alone: group off; first: the first alert of its group, which is stored in the cluster before it is sent",
      "relay, normalize, notify: ms at p50 until the relay had read the change, until normalize had decided, until the receiver had the alert; each but the first has a queue in it",
    ],
  });
}

/** All fail at once. Waits until the messages have counted all of them. */
async function playStorm(stage: Stage, announcements: Announcements): Promise<Storm> {
  const names = Array.from({ length: STORM }, (_none, index) => `storm-${index}`);
  await createJobs(stage, "storm", names);
  const startMs = Date.now();
  await forEachConcurrently(names, PARALLEL, (name) => breakObject(stage.client, JOB_WORK, name));
  const failedMs = Date.now();
  const find = (): readonly Announcement[] =>
    announcements.all.filter(({ alert }) => alert.data.rule.id === "storm");
  const count = (): number =>
    find().reduce((sum, { alert }) => sum + (alert.data.group?.alerts ?? 1), 0);
  await announcements.until(() => count() >= STORM, PATIENCE_MS);
  const atMs = find().map((one) => one.atMs - startMs);
  return {
    messages: find().length,
    alerts: count(),
    firstMs: Math.min(...atMs),
    lastMs: Math.max(...atMs),
    failingMs: failedMs - startMs,
  };
}

type Storm = {
  readonly messages: number;
  readonly alerts: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly failingMs: number;
};

function showStorm(
  { show }: BenchContext,
  { messages, alerts: counted, firstMs, lastMs, failingMs }: Storm,
): void {
  show({
    title: `A storm of ${STORM} in one group, window 10 s`,
    columns: ["failing ms", "messages", "alerts counted", "first ms", "last ms"],
    rows: [[failingMs, messages, counted, firstMs, lastMs]],
    notes: [
      "failing: until all of them had failed; first, last: until the receiver had these messages",
    ],
  });
}
