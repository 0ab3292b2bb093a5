import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startFaultProxy } from "../support/network/fault-proxy.ts";
import type { Bench, BenchContext } from "./bench.ts";
import { bundleKubemend } from "./bundle.ts";
import { watchByRule } from "./pipelines.ts";
import type { Cell } from "./table.ts";
import { NAMESPACE, startApiServer, type ApiServer } from "./world/api-server.ts";
import { loadObjects } from "./world/load.ts";
import { toConfigMap } from "./world/objects.ts";
import { listEmulators, type Emulator } from "./world/queues.ts";
import { startRelay, type MeasuredRelay } from "./world/relay.ts";
import { writeChanges } from "./world/write-changes.ts";

const DEFAULT_SIZES = [10_000, 50_000, 200_000];
/** More than the relay takes into its buffer. */
const CHANGES = 11_000;
/** Time for garbage of the snapshot to be collected, or not. */
const QUIET_MS = 5_000;

/** The relay's memory by number of watched objects: after the snapshot, and with a queue that does not answer. */
export const memory: Bench = {
  about: "memory at 10,000, 50,000 and 200,000 objects, quiet and with the queue stalled",
  async run(context) {
    const { options, progress } = context;
    const sizes = options.objects === undefined ? DEFAULT_SIZES : [options.objects];
    const script = await bundleKubemend();
    await using server = await startApiServer(context.folder, progress);
    const [start] = listEmulators();
    if (start === undefined) throw new Error("there is no queue server");
    await using emulator = await start(script);
    const rows: Cell[][] = [];
    let from = 0;
    for (const size of sizes) {
      progress.doing(`creating ${size} ConfigMaps`);
      await loadObjects({
        client: server.client,
        path: server.collection("configmaps"),
        from,
        to: size,
        toObject: (index) => toConfigMap(NAMESPACE, index),
        onProgress: (done) => progress.at(String(done)),
      });
      from = size;
      rows.push(await play(context, { server, emulator, script, size }));
    }
    context.show({
      title: "Memory of the relay, in MB (RSS)",
      columns: ["ConfigMaps watched", "snapshot s", "quiet", "queue stalled", "buffered", "peak"],
      rows,
      notes: [
        "quiet: 5 s after the snapshot, all journalled; queue stalled: the buffer as full as it gets; peak: of the whole lifetime",
      ],
    });
  },
};

async function play(
  { folder, progress }: BenchContext,
  part: {
    readonly server: ApiServer;
    readonly emulator: Emulator;
    readonly script: string;
    readonly size: number;
  },
): Promise<Cell[]> {
  const { server, emulator, script, size } = part;
  await using proxy = await startFaultProxy(Number(new URL(emulator.endpoint).port));
  const queueUrl = await emulator.createQueue();
  progress.doing(`${size} objects: the snapshot`);
  const startedMs = performance.now();
  await using relay = await startRelay({
    script,
    folder: join(folder, `relay-${size}`),
    kubeconfig: server.kubeconfig,
    pipeline: watchByRule("configmaps"),
    queueUrl: queueUrl.replace(emulator.endpoint, `http://127.0.0.1:${proxy.port}`),
  });
  await relay.untilReady();
  const snapshotSeconds = (performance.now() - startedMs) / 1000;
  await sleep(QUIET_MS);
  const quiet = await relay.metrics();
  proxy.stall();
  progress.doing(`${size} objects: changes that the queue does not accept`);
  await writeChanges({
    client: server.client,
    path: server.collection("configmaps"),
    objects: size,
    rate: undefined,
    seconds: 600,
    changes: CHANGES,
    toObject: (index) => toConfigMap(NAMESPACE, index),
  });
  const stalled = await untilSettled(relay);
  proxy.resume();
  const { peakRssBytes } = await relay.stop();
  const toMegabytes = (bytes: number): number => Math.round(bytes / 1e6);
  return [
    size,
    snapshotSeconds,
    toMegabytes(quiet.rssBytes),
    toMegabytes(stalled.rssBytes),
    stalled.bufferedObjects,
    toMegabytes(peakRssBytes),
  ];
}

/** Resolves when the buffer does not grow any more. */
async function untilSettled(relay: MeasuredRelay): ReturnType<MeasuredRelay["metrics"]> {
  let before = await relay.metrics();
  for (;;) {
    await sleep(1_000);
    const now = await relay.metrics();
    if (now.bufferedObjects === before.bufferedObjects) return now;
    before = now;
  }
}
