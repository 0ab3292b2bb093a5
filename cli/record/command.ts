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
import { toPrintable } from "../../core/text/printable.ts";
import { stopSignal } from "../terminal/stop-signal.ts";
import { writeError } from "../terminal/streams.ts";

type Options = {
  readonly config: string;
  readonly output: string;
  readonly context?: string;
  readonly kubeconfig?: string;
};

/** `kubemend record --config PIPELINE --output FILE`: writes the changes of a cluster to a file, as the relay would send them. */
export function recordCommand(): Command {
  return new Command("record")
    .description("Write the changes of a cluster to a file, for kubemend simulate")
    .requiredOption("--config <file>", "pipeline file: what to watch")
    .requiredOption("--output <file>", "recording, JSON lines; appended to if it exists")
    .option("--context <name>", "kubeconfig context (default: the current one)")
    .option("--kubeconfig <file>", "kubeconfig file (default: as kubectl finds it)")
    .addHelpText(
      "after",
      `
Press Ctrl-C to end the recording. It contains what the relay would send: changes from now on, existing objects only for
rules with initial: include and for watch entries, Secrets without their values, and nothing that the pipeline redacts.
Objects are complete even if the rules read only metadata, unless a watch entry has payload: metadata. Changes of an object
in quick succession may become one line. Nothing is written to the cluster, and no Lease is acquired: a relay may run at the
same time.

Required permissions: list and watch on the resources that the pipeline watches, and get on the namespace kube-system,
whose uid identifies the cluster.`,
    )
    .action(runRecord);
}

async function runRecord(options: Options): Promise<void> {
  const { config, output, context, kubeconfig } = options;
  using stop = stopSignal();
  const pipeline = await readPipeline(config);
  await using stack = new AsyncDisposableStack();
  const client = await connectKubeConfig({ context, kubeconfig });
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
  writeError(`Recording ${toPrintable(client.server)} to ${output}. Press Ctrl-C to stop.\n`);
  const deps = { client, clock: systemClock, times: DEFAULTS };
  try {
    await recordChanges({ ...deps, watches, journal, recording, report }, stop.signal);
  } finally {
    report.clear();
    writeError(`${report.recorded().toLocaleString("en")} changes recorded in ${output}\n`);
  }
}

/** Undefined if it was stopped in the meantime. */
async function prepare(
  client: KubernetesClient,
  pipeline: Pipeline,
  signal: AbortSignal,
): Promise<{ readonly clusterUid: string; readonly watches: readonly PlannedWatch[] } | undefined> {
  try {
    const clusterUid = await readClusterUid(client, signal);
    const catalog = await createDiscovery({ client, now: systemClock.nowMs }).catalog(signal);
    // Full objects, because rules that are written later may read more than today's rules.
    const watches = planRelay(pipeline, catalog, clusterUid, ({ payload }) => payload ?? "full");
    return { clusterUid, watches };
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}
