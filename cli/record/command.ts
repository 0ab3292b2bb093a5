import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { openJournal } from "../../adapters/journal/open-journal.ts";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { readClusterUid } from "../../adapters/kubernetes/api/cluster-uid.ts";
import { createDiscovery } from "../../adapters/kubernetes/api/discovery.ts";
import { connectKubeConfig } from "../../adapters/kubernetes/connect/kubeconfig-connection.ts";
import { openRecording } from "../../adapters/recording/open-recording.ts";
import type { Pipeline } from "../../core/pipeline/pipeline.ts";
import { systemClock } from "../../relay/runtime/clock.ts";
import { DEFAULTS } from "../../relay/config.ts";
import { planRelay, type PlannedWatch } from "../../relay/plan/planned-watch.ts";
import { readPipeline } from "../input/read-pipeline.ts";
import { recordChanges } from "./record-changes.ts";
import { createRecordReport } from "./report.ts";
import { stopSignal } from "../terminal/stop-signal.ts";

type Options = {
  readonly config: string;
  readonly output: string;
  readonly context?: string;
  readonly kubeconfig?: string;
};

/** `kubemend record --config PIPELINE --output FILE`: the changes of a cluster, as the relay would send them, in a file. */
export function recordCommand(): Command {
  return new Command("record")
    .description("Write the changes of a cluster to a file, for kubemend simulate")
    .requiredOption("--config <file>", "pipeline file: what to watch")
    .requiredOption("--output <file>", "recording, JSON lines; appended to where it exists")
    .option("--context <name>", "kubeconfig context (default: the current one)")
    .option("--kubeconfig <file>", "kubeconfig (default: as kubectl)")
    .addHelpText(
      "after",
      `
Ctrl-C ends the recording. It holds what the relay would send: changes from now on, the objects that are there already only
for rules with initial: include and for watch entries, Secrets without their values, nothing of what the pipeline redacts.
Objects are whole, also where the rules read only metadata, unless a watch entry says payload: metadata. States of an object
that follow each other at once may be one line. Nothing is written to the cluster, and no Lease is taken: a relay may run beside it.

It needs list and watch on what the pipeline watches, and get on the namespace kube-system, whose uid names the cluster.`,
    )
    .action(runRecord);
}

async function runRecord(options: Options): Promise<void> {
  const { config, output, context, kubeconfig } = options;
  using stop = stopSignal();
  const pipeline = await readPipeline(config);
  await using stack = new AsyncDisposableStack();
  const client = await connectKubeConfig({
    ...(context === undefined ? {} : { context }),
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
  });
  stack.defer(() => client.close());
  const prepared = await prepare(client, pipeline, stop.signal);
  if (prepared === undefined) return;
  const recording = await openRecording(output);
  stack.defer(() => recording.close());
  const stateDir = await mkdtemp(join(tmpdir(), "kubemend-record-"));
  stack.defer(() => rm(stateDir, { recursive: true, force: true }));
  const { clusterUid, watches } = prepared;
  const journal = openJournal({ stateDir, clusterUid });
  stack.defer(() => journal.close());
  const { stderr: stream } = process;
  const report = createRecordReport({ stream, nowMs: systemClock.nowMs });
  stream.write(`Recording ${client.server} to ${output}; Ctrl-C ends it.\n`);
  const deps = { client, clock: systemClock, times: DEFAULTS };
  try {
    await recordChanges({ ...deps, watches, journal, recording, report }, stop.signal);
  } finally {
    report.clear();
    stream.write(`${report.recorded().toLocaleString("en")} changes recorded in ${output}\n`);
  }
}

/** Undefined where it was stopped meanwhile. */
async function prepare(
  client: KubernetesClient,
  pipeline: Pipeline,
  signal: AbortSignal,
): Promise<{ readonly clusterUid: string; readonly watches: readonly PlannedWatch[] } | undefined> {
  try {
    const clusterUid = await readClusterUid(client, signal);
    const catalog = await createDiscovery({ client, now: systemClock.nowMs }).catalog(signal);
    // Rules that are yet to be written may read more than those of today.
    const watches = planRelay(pipeline, catalog, clusterUid, ({ payload }) => payload ?? "full");
    return { clusterUid, watches };
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}
