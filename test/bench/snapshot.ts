import { join } from "node:path";
import type { Bench, BenchContext } from "./bench.ts";
import { bundleContender } from "./bundle.ts";
import type { Figures } from "./contenders/measure.ts";
import { runContender, type Contender } from "./contenders/run-contender.ts";
import { ensureInformer } from "./informer/build.ts";
import { isAccepted, watchAll, watchByRule, writePipeline } from "./pipelines.ts";
import { NAMESPACE, startApiServer, type ApiServer } from "./world/api-server.ts";
import { loadObjects } from "./world/load.ts";
import { toPod } from "./world/objects.ts";

const DEFAULT_PODS = 50_000;
const PROTOBUF = "application/vnd.kubernetes.protobuf";
const METADATA = `${PROTOBUF};as=PartialObjectMetadata;g=meta.k8s.io;v=v1`;

/** A row: the contender, and the raw read of this run that it is compared with. */
type Row = {
  readonly name: string;
  readonly floor: string;
  readonly toContender: (round: number) => Contender;
};

/** The first snapshot of many pods: through the whole relay, through peers, and read from the bare socket. */
export const snapshot: Bench = {
  about: "a snapshot of 50,000 pods, compared with a raw read, client-node and client-go",
  async run(context) {
    const { options, progress } = context;
    const pods = options.objects ?? DEFAULT_PODS;
    const informer = await ensureInformer(progress);
    await using server = await startApiServer(context.folder, progress);
    progress.doing(`creating ${pods} pods`);
    await loadObjects({
      client: server.client,
      path: server.collection("pods"),
      from: 0,
      to: pods,
      toObject: (index) => toPod(NAMESPACE, index),
      onProgress: (done) => progress.at(`${done} of ${pods}`),
    });
    const rows = await listRows(context, server, informer, pods);
    // The server's first answer after many writes is slower than all later ones, and would flatter a contender compared with it.
    progress.doing("a raw read that does not count");
    for (const row of rows) if (row.name === row.floor) await runContender(row.toContender(0));
    const best = new Map<string, Figures>();
    for (let round = 0; round < options.rounds; round += 1) {
      for (const row of rows) {
        progress.doing(`round ${round + 1} of ${options.rounds}: ${row.name}`);
        const figures = await runContender(row.toContender(round));
        const before = best.get(row.name);
        if (before === undefined || figures.elapsedMs < before.elapsedMs) {
          best.set(row.name, figures);
        }
      }
    }
    showRows(context, rows, best, pods);
  },
};

async function listRows(
  { folder }: BenchContext,
  { kubeconfig }: ApiServer,
  informer: string,
  pods: number,
): Promise<readonly Row[]> {
  const environment = { KUBECONFIG: kubeconfig, BENCH_OBJECTS: String(pods) };
  const rawRead = await bundleContender("raw-read.ts");
  const clientNode = await bundleContender("client-node-informer.ts");
  const relay = await bundleContender("relay-snapshot.ts");
  const toRaw = (accept: string): Contender => ({
    args: [rawRead],
    environment: { ...environment, BENCH_PATH: "/api/v1/pods", BENCH_ACCEPT: accept },
  });
  const toRelay =
    (name: string, pipeline: unknown) =>
    (round: number): Contender => ({
      args: [relay],
      environment: {
        ...environment,
        BENCH_PIPELINE: writePipeline(folder, name, pipeline),
        BENCH_STATE_DIR: join(folder, `state-${name}-${round}`),
      },
    });
  const toInformer = (contentType: string): Contender => ({
    command: informer,
    args: ["-content-type", contentType],
    environment,
  });
  const json = "raw read, JSON";
  const metadata = "raw read, metadata as protobuf";
  const metadataOnly = watchAll("pods", { payload: "metadata" });
  const rows: readonly (Row | false)[] = [
    { name: json, floor: json, toContender: () => toRaw("application/json") },
    { name: "relay, all sent", floor: json, toContender: toRelay("sent", watchAll("pods")) },
    {
      name: "relay, all journalled",
      floor: json,
      toContender: toRelay("journalled", watchByRule("pods", "object.spec.nodeName == 'none'")),
    },
    {
      name: "client-node informer, JSON",
      floor: json,
      toContender: () => ({ args: [clientNode], environment }),
    },
    {
      name: "client-go informer, JSON",
      floor: json,
      toContender: () => toInformer("application/json"),
    },
    {
      name: "client-go informer, protobuf",
      floor: json,
      toContender: () => toInformer(PROTOBUF),
    },
    { name: metadata, floor: metadata, toContender: () => toRaw(METADATA) },
    {
      name: "relay, metadata, all journalled",
      floor: metadata,
      toContender: toRelay("metadata-journalled", watchByRule("pods")),
    },
    isAccepted(metadataOnly) && {
      name: "relay, metadata, all sent",
      floor: metadata,
      toContender: toRelay("metadata", metadataOnly),
    },
  ];
  return rows.filter((row) => row !== false);
}

function showRows(
  { show, options }: BenchContext,
  rows: readonly Row[],
  best: ReadonlyMap<string, Figures>,
  pods: number,
): void {
  show({
    title: `Snapshot of ${pods} pods`,
    columns: ["contender", "objects/s", "seconds", "x raw read", "CPU s", "peak RSS MB"],
    rows: rows.map(({ name, floor }) => {
      const { elapsedMs = 0, cpuMs = 0, peakRssBytes = 0 } = best.get(name) ?? {};
      const floorMs = best.get(floor)?.elapsedMs ?? 0;
      const seconds = elapsedMs / 1000;
      return [
        name,
        pods / seconds,
        seconds,
        elapsedMs / floorMs,
        cpuMs / 1000,
        Math.round(peakRssBytes / 1e6),
      ];
    }),
    notes: [
      `the best of ${options.rounds} rounds; each contender is a separate process, whose start does not count`,
      "x raw read: metadata over protobuf has its own raw read, all others are compared with JSON",
      "relay: bundled, with journal and checkpoint, a queue that accepts everything at once",
    ],
  });
}
