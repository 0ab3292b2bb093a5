import { accessSync, constants, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import pc from "picocolors";
import { createFolder } from "../../adapters/create-folder.ts";
import { describeError, KubemendError } from "../../core/errors.ts";
import { DEFAULT_RECORD_NAMESPACE } from "../../events/remediation.ts";
import { cacheDir } from "../../sandbox/host/folders.ts";
import { startSandbox, type Sandbox } from "../../sandbox/sandbox.ts";
import { isAlive, writeState, type SandboxState } from "../../sandbox/state-file.ts";
import { failOver } from "../../sandbox/scenarios/fail-over.ts";
import { keepCopies } from "../../sandbox/scenarios/keep-copies.ts";
import { moveStore } from "../../sandbox/scenarios/move-store.ts";
import { mendFailedJob } from "../../sandbox/scenarios/mend-failed-job.ts";
import { playScenarios } from "../../sandbox/scenarios/play.ts";
import { relayKilled } from "../../sandbox/scenarios/relay-killed.ts";
import { resolveEvent } from "../../sandbox/scenarios/resolve-event.ts";
import type { BackupInScenario } from "../../sandbox/scenarios/scenario.ts";
import { upgradeJobs } from "../../sandbox/scenarios/upgrade-jobs.ts";
import { summarize, type Summary } from "../../sandbox/scenarios/summary.ts";
import { EXIT_FAILED } from "../terminal/exit.ts";
import { readPipeline } from "../input/read-pipeline.ts";
import { formatEvent } from "./format-event.ts";
import { formatMs } from "./format-ms.ts";
import { withBuildNotes } from "../sandbox/build-notes.ts";
import { usageHints } from "../sandbox/usage-hints.ts";
import { createLiveLines } from "../sandbox/live-lines.ts";
import { misuse } from "../terminal/misuse.ts";
import { createOutput, type Output } from "../terminal/output.ts";
import { stopSignal } from "../terminal/stop-signal.ts";

type StartOptions = {
  readonly config?: string;
  readonly functions?: string;
  readonly once?: boolean;
  readonly json?: boolean;
  readonly context?: string;
  readonly kubeconfig?: string;
  readonly existing?: boolean;
  readonly all?: boolean;
  readonly clusters?: string;
};

const SCENARIOS = [mendFailedJob, resolveEvent, relayKilled, upgradeJobs];
/** Played with a second cluster, on a pipeline of their own. */
const SCENARIOS_OF_TWO = [failOver, keepCopies, moveStore];

/**
 * `kubemend start`: runs the whole pipeline on its own sandbox, and plays the scenarios on it. With a cluster of the user: observes that one,
 * and writes nothing.
 */
export function startCommand(): Command {
  return new Command("start")
    .description(
      "Run the whole pipeline on a sandbox, and demonstrate it with scenarios; with --context: show what it would do in your own cluster",
    )
    .option("--config <file>", "pipeline file (default: the sandbox's own)")
    .option(
      "--clusters <number>",
      "2: with a second API server, which the pipeline file calls backup, and scenarios that act in it and keep copies there",
    )
    .option("--functions <dir>", "folder of the functions' bundles (default: dist/functions)")
    .option(
      "--once",
      "play the scenarios, print a summary and exit; exit code 0 only if all passed. With --context: decide on the objects that exist, and exit",
    )
    .option(
      "--context <name>",
      "observe the cluster of this kubeconfig context; writes nothing there",
    )
    .option("--kubeconfig <file>", "kubeconfig for --context; alone: its current context")
    .option("--existing", "with --context: decide on the objects that exist already, too")
    .option("--all", "with --context: show decisions that did not match, too")
    .option("--json", "print JSON lines")
    .addHelpText("after", OBSERVING)
    .action((options: StartOptions) =>
      isObserving(options) ? observeCluster(options) : start(options),
    );
}

const OBSERVING = `
With --context the pipeline decides and plans in this process on what your cluster shows, and every match is printed with the
operations that it would carry out. Nothing is written, there is no Lease, no queue and no alert, and nothing has to be
installed in the cluster. Required permissions: list and watch on what the pipeline watches, get on what its actions look at,
and get on the namespace kube-system. Guards are not asked, so what they would hold back is shown as well.`;

function isObserving({ context, kubeconfig }: StartOptions): boolean {
  return context !== undefined || kubeconfig !== undefined;
}

async function observeCluster(options: StartOptions): Promise<void> {
  const { config, context, kubeconfig, once = false, existing = false, all = false } = options;
  if (options.functions !== undefined)
    throw misuse("--functions is for the sandbox, not for --context");
  if (options.clusters !== undefined)
    throw misuse("--clusters is for the sandbox, not for --context");
  if (config === undefined) {
    throw misuse(
      "--config is missing: name the pipeline to try, for example one that `kubemend recipes 01` prints",
    );
  }
  const { observe } = await import("../observe/observe.ts");
  const json = options.json ?? false;
  await observe({ config, context, kubeconfig, once, existing: existing || once, all, json });
}

async function start(options: StartOptions): Promise<void> {
  if (options.existing === true || options.all === true) {
    throw misuse("--existing and --all are about your own cluster: name it with --context");
  }
  const hasBackup = readClusters(options) === 2;
  if (hasBackup && options.config !== undefined) await checkNames(options.config);
  const output = createOutput({ json: options.json ?? false });
  using stop = stopSignal();
  using folder = temporaryFolder();
  const startedAt = performance.now();
  const live = createLiveLines(output);
  const sandbox = await startSandbox(
    {
      dataDir: folder.path,
      bare: false,
      config: options.config,
      functions: options.functions,
      hasBackup,
      listener: live.listener,
    },
    withBuildNotes(output.progress),
    stop.signal,
  );
  try {
    const readyMs = Math.round(performance.now() - startedAt);
    output.report(pc.dim(`The sandbox was ready after ${formatMs(readyMs)}.`), {
      type: "ready",
      readyMs,
      ...sandbox.info,
    });
    const { config, info, pipeline } = sandbox;
    const state: SandboxState = {
      pid: process.pid,
      startedAt: new Date().toISOString(),
      bare: false,
      config,
      createdNamespaces: pipeline?.createdNamespaces,
      info,
    };
    writeState(folder.path, state);
    const passed = await play(sandbox, output, stop.signal);
    if (!passed) process.exitCode = EXIT_FAILED;
    stop.signal.throwIfAborted();
    if (options.once) return;
    const second = sandbox.backup === undefined ? "" : `\n\n${describeBackup(sandbox.backup)}`;
    output.print(`\n${usageHints(state)}${second}\n\nPress Ctrl-C to stop.`);
    const ended = sandbox.ended(stop.signal);
    await Promise.race([ended, live.run(sandbox, stop.signal).then(() => ended)]);
  } finally {
    await sandbox.stop();
  }
}

function describeBackup({ controlPlane }: NonNullable<Sandbox["backup"]>): string {
  return [
    `The cluster backup: kubectl --kubeconfig ${controlPlane.kubeconfig} get deployments,configmaps --all-namespaces`,
    "The states of the mirrors to it: kubectl get mirrors --namespace kubemend",
  ].join("\n");
}

/** The name of the second API server in pipeline files. */
const BACKUP = "backup";

/** Nothing of a file that does not name the second API server could happen there. */
async function checkNames(config: string): Promise<void> {
  const { clusters } = await readPipeline(config);
  if (clusters.some(({ name }) => name === BACKUP)) return;
  const names = clusters.map(({ name }) => name).join(", ");
  const known = names === "" ? "it has no clusters" : `it has: ${names}`;
  throw misuse(
    `${config} names no cluster ${BACKUP}; ${known}. The second API server of the sandbox has that name: write it into a copy of the file`,
  );
}

function readClusters({ clusters = "1" }: StartOptions): number {
  if (clusters === "1" || clusters === "2") return Number(clusters);
  throw misuse(`--clusters ${clusters}: expected 1 or 2`);
}

async function play(sandbox: Sandbox, output: Output, signal: AbortSignal): Promise<boolean> {
  const { pipeline } = sandbox;
  if (!pipeline) {
    throw new KubemendError("Internal", "The sandbox runs no pipeline.", { retryable: false });
  }
  const passed = await playScenarios(
    sandbox.backup === undefined ? SCENARIOS : SCENARIOS_OF_TWO,
    {
      kubernetes: sandbox.kubernetes,
      backup: toBackupInScenario(sandbox),
      namespace: sandbox.info.namespace,
      alerts: pipeline.alerts,
      slack: pipeline.slack,
      relay: pipeline.relay,
      broken: sandbox.broken,
      diagnose: pipeline.diagnose,
      report: (event) => output.report(formatEvent(event), { ...event }),
    },
    signal,
  );
  const summary = await summarize({
    kubernetes: sandbox.kubernetes,
    recordNamespace: DEFAULT_RECORD_NAMESPACE,
    messages: pipeline.messages(),
  });
  output.report(formatSummary(summary, passed), { type: "summary", passed, ...summary });
  return passed && summary.duplicates === 0;
}

function toBackupInScenario({ backup }: Sandbox): BackupInScenario | undefined {
  if (backup === undefined) return undefined;
  const { client, kill, start: restart } = backup;
  return { kubernetes: client, kill, start: restart };
}

function formatSummary(summary: Summary, passed: boolean): string {
  const { changeToActionMs: latency } = summary;
  const phases = Object.entries(summary.remediations).map(([phase, count]) => `${count} ${phase}`);
  return [
    "",
    passed ? pc.green(pc.bold("All scenarios passed.")) : pc.red(pc.bold("A scenario failed.")),
    `  objects created   ${summary.mended.length} (remediations: ${phases.join(", ") || "none"})`,
    `  change to action  ${latency ? `p50 ${latency.p50} ms, p99 ${latency.p99} ms` : "nothing to measure"}`,
    `  changes received  ${summary.messages}`,
    `  duplicates        ${summary.duplicates}`,
  ].join("\n");
}

function openCache(parent: string): void {
  try {
    createFolder(parent);
    accessSync(parent, constants.W_OK);
  } catch (error) {
    throw misuse(
      `the cache folder ${parent} cannot be used: ${describeError(error)}. Set XDG_CACHE_HOME to a folder that you may write to.`,
    );
  }
}

/** A data folder for this run alone. First removes those that killed runs left behind. */
function temporaryFolder(): { readonly path: string } & Disposable {
  const parent = join(cacheDir(), "sandboxes");
  openCache(parent);
  for (const name of readdirSync(parent)) {
    const pid = /^start-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) {
      rmSync(join(parent, name), { recursive: true, force: true });
    }
  }
  const path = mkdtempSync(join(parent, `start-${process.pid}-`));
  return {
    path,
    [Symbol.dispose]() {
      rmSync(path, { recursive: true, force: true });
    },
  };
}
