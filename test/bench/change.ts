import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Bench, BenchContext } from "./bench.ts";
import { bundleKubemend } from "./bundle.ts";
import { watchByRule } from "./pipelines.ts";
import { toPercentile } from "./percentile.ts";
import type { Cell } from "./table.ts";
import { NAMESPACE, startApiServer, type ApiServer } from "./world/api-server.ts";
import { loadObjects } from "./world/load.ts";
import { toConfigMap } from "./world/objects.ts";
import { drain, listEmulators, type Emulator, type Received } from "./world/queues.ts";
import { startRelay, type MeasuredRelay } from "./world/relay.ts";
import { writeChanges, type Written } from "./world/write-changes.ts";

/** Objects that are changed in turn: enough that two changes of the same object are far apart. */
const OBJECTS = 2_000;
/** How long the API server alone is written to at full speed, to find out the half rate. */
const CALIBRATION_SECONDS = 5;

/** Latency of changes until the queue has them, at half and at the full write rate of the API server. */
export const change: Bench = {
  about: "sustained change: latency to the queue, requests, CPU, and lost objects",
  async run(context) {
    const { progress, options } = context;
    const script = await bundleKubemend();
    await using server = await startApiServer(context.folder, progress);
    progress.doing(`creating ${OBJECTS} ConfigMaps`);
    await loadObjects({
      client: server.client,
      path: server.collection("configmaps"),
      from: 0,
      to: OBJECTS,
      toObject: (index) => toConfigMap(NAMESPACE, index),
      onProgress: (done) => progress.at(String(done)),
    });
    progress.doing("measuring the write rate of the API server");
    const calibration = await write(server, undefined, CALIBRATION_SECONDS);
    const full = calibration.count / CALIBRATION_SECONDS;
    const rows: Cell[][] = [];
    for (const start of listEmulators()) {
      await using emulator = await start(script);
      const half = Math.round(full / 2);
      rows.push(await play(context, { server, emulator, script, rate: half }));
      rows.push(await play(context, { server, emulator, script, rate: undefined }));
    }
    context.show({
      title: `Changes of ${OBJECTS} ConfigMaps, ${options.seconds} s each`,
      columns: [
        "queue and rate",
        "changes/s",
        "lost",
        "messages",
        "p50 ms",
        "p99 ms",
        "p50 ms *",
        "p99 ms *",
        "requests/change",
        "CPU ms/1000",
        "peak RSS MB",
      ],
      rows,
      notes: [
        `the API server alone accepts ${Math.round(full)} changes/s here; the half rate is half of this`,
        "p50, p99: from before the write until the queue's acceptance (its SentTimestamp); *: from the API server's answer to the writer",
        "lost: objects whose last state is not the last one in the queue; fewer messages than changes: a newer state replaced an older one before it was sent",
      ],
    });
  },
};

const write = (server: ApiServer, rate: number | undefined, seconds: number): Promise<Written> =>
  writeChanges({
    client: server.client,
    path: server.collection("configmaps"),
    objects: OBJECTS,
    rate,
    seconds,
    toObject: (index) => toConfigMap(NAMESPACE, index),
  });

async function play(
  { folder, progress, options }: BenchContext,
  part: {
    readonly server: ApiServer;
    readonly emulator: Emulator;
    readonly script: string;
    readonly rate: number | undefined;
  },
): Promise<Cell[]> {
  const { server, emulator, script, rate } = part;
  const name = `${emulator.name}, ${rate === undefined ? "full rate" : "half rate"}`;
  const queueUrl = await emulator.createQueue();
  progress.doing(`${name}: starting the relay`);
  await using relay = await startRelay({
    script,
    folder: join(folder, name.replaceAll(/\W+/g, "-")),
    kubeconfig: server.kubeconfig,
    pipeline: watchByRule("configmaps"),
    queueUrl,
  });
  await relay.untilReady();
  const before = await relay.metrics();
  progress.doing(`${name}: writing`);
  const written = await write(server, rate, options.seconds);
  progress.doing(`${name}: waiting for the rest`);
  await untilQuiet(relay);
  const after = await relay.metrics();
  const { peakRssBytes } = await relay.stop();
  progress.doing(`${name}: reading the queue`);
  const received = await drain(emulator.client, queueUrl, (count) => progress.at(String(count)));
  const changes = after.accepted - before.accepted;
  const { fromBegin, fromAnswer, lost } = compare(written, received);
  return [
    name,
    written.count / options.seconds,
    lost,
    received.length,
    toPercentile(fromBegin, 0.5),
    toPercentile(fromBegin, 0.99),
    toPercentile(fromAnswer, 0.5),
    toPercentile(fromAnswer, 0.99),
    (after.queueRequests - before.queueRequests) / changes,
    (1000 * (after.cpuMs - before.cpuMs)) / changes,
    Math.round(peakRssBytes / 1e6),
  ];
}

/** Resolves when nothing is in flight, and nothing has arrived for a while. */
async function untilQuiet(relay: MeasuredRelay): Promise<void> {
  let before = -1;
  for (;;) {
    const { accepted, bufferedObjects } = await relay.metrics();
    if (bufferedObjects === 0 && accepted === before) return;
    before = accepted;
    await sleep(1_000);
  }
}

function compare(
  written: Written,
  received: readonly Received[],
): { readonly fromBegin: number[]; readonly fromAnswer: number[]; readonly lost: number } {
  const fromBegin: number[] = [];
  const fromAnswer: number[] = [];
  const last = new Map<string, string>();
  for (const { body, sentAtMs } of received) {
    const { data } = JSON.parse(body) as {
      data: { resourceVersion: string; object: { metadata: { name: string } } };
    };
    last.set(data.object.metadata.name, data.resourceVersion);
    const times = written.times.get(data.resourceVersion);
    if (times === undefined) continue;
    fromBegin.push(sentAtMs - times.begunAtMs);
    fromAnswer.push(sentAtMs - times.answeredAtMs);
  }
  let lost = 0;
  for (const [name, resourceVersion] of written.last) {
    if (last.get(name) !== resourceVersion) lost += 1;
  }
  return { fromBegin, fromAnswer, lost };
}
