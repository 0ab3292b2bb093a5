import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startFaultProxy } from "../support/network/fault-proxy.ts";
import type { Bench, BenchContext } from "./bench.ts";
import { bundleKubemend, bundleContender } from "./bundle.ts";
import type { Figures } from "./contenders/measure.ts";
import { runContender } from "./contenders/run-contender.ts";
import { watchByRule } from "./pipelines.ts";
import type { Cell } from "./table.ts";
import { NAMESPACE, startApiServer, type ApiServer } from "./world/api-server.ts";
import { loadObjects } from "./world/load.ts";
import { toConfigMap } from "./world/objects.ts";
import { drain, listEmulators, type Emulator } from "./world/queues.ts";
import { startRelay, type MeasuredRelay } from "./world/relay.ts";

const DEFAULT_OBJECTS = 20_000;
const TYPICAL_BODY_BYTES = 1_500;

type Parts = {
  readonly server: ApiServer;
  readonly script: string;
  readonly sdkLoop: string;
  readonly objects: number;
};

/** How fast changes that were written during a queue outage arrive afterwards, compared with the bare SDK on the same server. */
export const backlog: Bench = {
  about: "the backlog of a queue outage, compared with a bare SDK loop",
  async run(context) {
    const objects = context.options.objects ?? DEFAULT_OBJECTS;
    const script = await bundleKubemend();
    const sdkLoop = await bundleContender("sdk-loop.ts");
    const rows: Cell[][] = [];
    for (const start of listEmulators()) {
      const folder = join(context.folder, String(rows.length));
      await using server = await startApiServer(folder, context.progress);
      await using emulator = await start(script);
      const parts = { server, script, sdkLoop, objects };
      rows.push(...(await play({ ...context, folder }, parts, emulator)));
    }
    context.show({
      title: `Backlog of ${objects} ConfigMaps that were created while the queue was down`,
      columns: ["who", "messages/s", "x SDK alone", "received", "CPU s", "peak RSS MB"],
      rows,
      notes: [
        "relay: from its first accepted batch to the last, half of them read from the API server meanwhile; CPU and memory are those of its whole lifetime",
        "SDK alone: batches of ten of the same size, four concurrent calls, through the same proxy; the better of a run before the relay and one after it",
      ],
    });
  },
};

async function play(context: BenchContext, parts: Parts, emulator: Emulator): Promise<Cell[][]> {
  const { progress, folder } = context;
  const { server, objects } = parts;
  await using proxy = await startFaultProxy(Number(new URL(emulator.endpoint).port));
  const queueUrl = await emulator.createQueue();
  const throughProxy = (url: string): string =>
    url.replace(emulator.endpoint, `http://127.0.0.1:${proxy.port}`);
  const sendAlone = async (bodyBytes: number): Promise<Figures> => {
    progress.doing(`${emulator.name}: the SDK alone`);
    return runContender({
      args: [parts.sdkLoop],
      environment: {
        BENCH_QUEUE_URL: throughProxy(await emulator.createQueue()),
        BENCH_OBJECTS: String(objects),
        BENCH_BODY_BYTES: String(bodyBytes),
        AWS_REGION: "us-east-1",
        AWS_ACCESS_KEY_ID: "bench",
        AWS_SECRET_ACCESS_KEY: "bench",
      },
    });
  };
  // Before the relay too, because the first contender meets a cold server.
  const before = await sendAlone(TYPICAL_BODY_BYTES);
  await using relay = await startRelay({
    script: parts.script,
    folder: join(folder, "relay"),
    kubeconfig: server.kubeconfig,
    pipeline: watchByRule("configmaps"),
    queueUrl: throughProxy(queueUrl),
  });
  await relay.untilReady();
  proxy.stall();
  progress.doing(`${emulator.name} is down: creating ${objects} ConfigMaps`);
  await loadObjects({
    client: server.client,
    path: server.collection("configmaps"),
    from: 0,
    to: objects,
    toObject: (index) => toConfigMap(NAMESPACE, index),
    onProgress: (done) => progress.at(String(done)),
  });
  progress.doing(`${emulator.name} is up again`);
  proxy.resume();
  const perSecond = await untilArrived(relay, objects, (count) => progress.at(String(count)));
  const { cpuMs, peakRssBytes } = await relay.stop();
  const received = await drain(emulator.client, queueUrl, (count) =>
    progress.at(`reading ${count}`),
  );
  const bodyBytes = Buffer.byteLength(received[0]?.body ?? "");
  const after = await sendAlone(bodyBytes);
  const sdk = after.elapsedMs < before.elapsedMs ? after : before;
  const sdkPerSecond = (1000 * sdk.objects) / sdk.elapsedMs;
  const toMegabytes = (bytes: number): number => Math.round(bytes / 1e6);
  return [
    [
      `${emulator.name}: relay`,
      perSecond,
      perSecond / sdkPerSecond,
      received.length,
      cpuMs / 1000,
      toMegabytes(peakRssBytes),
    ],
    [
      `${emulator.name}: SDK alone`,
      sdkPerSecond,
      1,
      sdk.objects,
      sdk.cpuMs / 1000,
      toMegabytes(sdk.peakRssBytes),
    ],
  ];
}

/** Messages per second from the first acceptance on: before it the relay may have been waiting in a retry backoff. */
async function untilArrived(
  relay: MeasuredRelay,
  objects: number,
  onProgress: (count: number) => void,
): Promise<number> {
  let first: { readonly atMs: number; readonly accepted: number } | undefined;
  for (;;) {
    const { accepted } = await relay.metrics();
    const atMs = performance.now();
    onProgress(accepted);
    if (accepted > 0) first ??= { atMs, accepted };
    if (first !== undefined && accepted >= objects) {
      return (1000 * (accepted - first.accepted)) / (atMs - first.atMs);
    }
    await sleep(20);
  }
}
