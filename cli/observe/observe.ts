import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pc from "picocolors";
import { openJournal } from "../../adapters/journal/open-journal.ts";
import { createClusterUid } from "../../adapters/kubernetes/api/cluster-uid.ts";
import { createDiscovery, type Discovery } from "../../adapters/kubernetes/api/discovery.ts";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { connectKubeConfig } from "../../adapters/kubernetes/connect/kubeconfig-connection.ts";
import { planOwnWatch } from "../../core/pipeline/records-watch.ts";
import type { Pipeline } from "../../core/pipeline/pipeline.ts";
import { viewFromUid } from "../../core/pipeline/source-view.ts";
import type { RuleTally } from "../../core/simulate/tally.ts";
import { toPrintable } from "../../core/text/printable.ts";
import { DEFAULTS } from "../../relay/config.ts";
import type { PlannedWatch } from "../../relay/plan/planned-watch.ts";
import { createClusterPlanner } from "../../relay/plan/plan-cluster.ts";
import { createRunState, type RunState } from "../../relay/observe/run-state.ts";
import { systemClock } from "../../relay/runtime/clock.ts";
import { readAbsentNamespaces } from "../input/absent-namespaces.ts";
import { readPipeline } from "../input/read-pipeline.ts";
import { recordChanges } from "../record/record-changes.ts";
import { createRecordReport, type RecordReport } from "../record/report.ts";
import { EXIT_FAILED } from "../terminal/exit.ts";
import { misuse } from "../terminal/misuse.ts";
import { createOutput, type Output } from "../terminal/output.ts";
import { stopSignal } from "../terminal/stop-signal.ts";
import { writeError } from "../terminal/streams.ts";
import { createObserver, type Observer, type ObserverDeps } from "./observer.ts";
import { toReadOnly } from "./read-only-client.ts";

export type ObserveOptions = {
  readonly config: string;
  readonly context?: string | undefined;
  readonly kubeconfig?: string | undefined;
  /** Decides on the objects that exist already, too. */
  readonly existing: boolean;
  /** Ends when these have been decided on. */
  readonly once: boolean;
  readonly all: boolean;
  readonly json: boolean;
};

/**
 * Watches a cluster and prints what a pipeline would do there, with the code of relay and functions, in this process. Nothing is written:
 * the one client reads only, there is no Lease, no queue and no record.
 */
export async function observe(options: ObserveOptions): Promise<void> {
  const { context, kubeconfig, config, all, json } = options;
  using stop = stopSignal();
  const written = await readPipeline(config);
  await using stack = new AsyncDisposableStack();
  const client = toReadOnly(await connectKubeConfig({ context, kubeconfig }));
  stack.defer(() => client.close());
  const output = createOutput({ json });
  const discovery = createDiscovery({ client, now: systemClock.nowMs });
  const clusterUid = createClusterUid(client);
  const uid = await clusterUid(stop.signal);
  const view = viewFromUid(written, uid);
  const pipeline = options.existing ? withExisting(view) : view;
  for (const { message, fix } of await readAbsentNamespaces(client, view, stop.signal)) {
    writeError(`${toPrintable(`${message}: ${fix}`)}\n`);
  }
  const watches = await planWatches({ pipeline, client, discovery, uid }, stop.signal);
  const stateDir = await mkdtemp(join(tmpdir(), "kubemend-observe-"));
  stack.defer(() => rm(stateDir, { recursive: true, force: true }));
  const journal = openJournal({ stateDir, clusterUid: uid });
  stack.defer(() => journal.close());
  const { stderr: stream } = process;
  const report = createRecordReport({ stream, nowMs: systemClock.nowMs, counted: "seen" });
  const reportDecision: ObserverDeps["report"] = (line, record) => {
    report.clear();
    output.report(line, record);
  };
  const reading = { pipeline, client, discovery, clusterUid };
  const observer = createObserver({ ...reading, all, report: reportDecision });
  writeError(
    `Observing ${toPrintable(client.server)}; nothing is written there. Press Ctrl-C to stop.\n`,
  );
  const state = createRunState();
  using end = endWhenShown(watches, report, state);
  const ending = options.once ? AbortSignal.any([stop.signal, end.signal]) : stop.signal;
  const recording = {
    append: (bodies: readonly string[]) => seeAll(observer, bodies, stop.signal),
  };
  const deps = { client, clock: systemClock, times: DEFAULTS, watches, journal, recording, state };
  try {
    await recordChanges({ ...deps, report: end.report }, ending);
  } finally {
    report.clear();
    summarize(observer.summary(), report.recorded(), output);
  }
  if (options.once && end.unread().length > 0) process.exitCode = EXIT_FAILED;
}

/** Every rule is asked about the objects that exist already, as if it said `initial: include`. */
function withExisting(pipeline: Pipeline): Pipeline {
  return { ...pipeline, rules: pipeline.rules.map((rule) => ({ ...rule, initial: "include" })) };
}

/** The watches of the relay, without the one of Kubemend's own records. */
async function planWatches(
  deps: {
    readonly pipeline: Pipeline;
    readonly client: KubernetesClient;
    readonly discovery: Discovery;
    readonly uid: string;
  },
  signal: AbortSignal,
): Promise<readonly PlannedWatch[]> {
  const { pipeline, client, discovery, uid: clusterUid } = deps;
  const plan = createClusterPlanner({ client, discovery, clusterUid, unordered: () => {} });
  const { watches, absent } = await plan(pipeline, signal);
  const own = planOwnWatch(pipeline)?.key;
  for (const { key, name } of absent ?? []) {
    const line = `${toPrintable(name)}: the cluster does not serve it, so it is not watched\n`;
    if (key !== own) writeError(line);
  }
  const observed = watches.filter(({ key }) => key !== own);
  if (observed.length > 0) return observed;
  throw misuse("the cluster serves nothing of what this pipeline watches");
}

const LOOK_MS = 50;

/** Aborts as soon as every watch has shown all objects, or may not be read, and these have been decided on. */
function endWhenShown(
  watches: readonly PlannedWatch[],
  report: RecordReport,
  state: RunState,
): Disposable & {
  readonly signal: AbortSignal;
  readonly report: RecordReport;
  readonly unread: () => readonly string[];
} {
  const controller = new AbortController();
  const shown = new Set<string>();
  const refused = new Set<string>();
  const timer = setInterval(() => {
    const isRead = watches.every(({ key }) => shown.has(key) || refused.has(key));
    if (isRead && state.buffered().objects === 0) controller.abort();
  }, LOOK_MS);
  return {
    signal: controller.signal,
    unread: () => [...refused],
    report: {
      ...report,
      step(watch, step) {
        report.step(watch, step);
        if (step.type === "snapshotEnded") shown.add(watch.key);
        if (step.type === "interrupted" && step.reaction.cause === "forbidden") {
          refused.add(watch.key);
        }
      },
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

async function seeAll(
  observer: Observer,
  bodies: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  try {
    for (const body of bodies) await observer.see(body, signal);
  } catch (error) {
    // What was being read when the user stopped is not reported.
    if (!signal.aborted) throw error;
  }
}

function summarize(rules: readonly RuleTally[], changes: number, output: Output): void {
  const lines = rules.map(
    ({ rule, matched, episodes, notMatched, unknown, error }) =>
      `  ${rule}: matched ${matched} (would act ${episodes} times), not matched ${notMatched}, unknown ${unknown}, error ${error}`,
  );
  const head = pc.bold(`${changes.toLocaleString("en")} changes`);
  output.report(["", head, ...lines].join("\n"), { type: "summary", changes, rules });
}
