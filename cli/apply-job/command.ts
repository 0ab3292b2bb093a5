import { Command, InvalidArgumentError, Option } from "commander";
import { connectKubeConfig } from "../../adapters/kubernetes/connect/kubeconfig-connection.ts";
import { readContextNamespace } from "../../adapters/kubernetes/connect/kubeconfig-access.ts";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import {
  APPLY_POLICIES,
  RUNNING_POLICIES,
  type ApplyPolicy,
  type RunningPolicy,
} from "../../core/actions/applyJob/decide-apply.ts";
import { parseDuration } from "../../core/text/duration.ts";
import { isKubemendError } from "../../core/errors.ts";
import { EXIT_FAILED } from "../terminal/exit.ts";
import { misuse } from "../terminal/misuse.ts";
import { createOutput, type Output } from "../terminal/output.ts";
import { stopSignal, unlessStopped } from "../terminal/stop-signal.ts";
import { applyJob, toTarget, type Applied, type ApplyOptions } from "./apply-job.ts";
import { awaitEnd, type JobEnd } from "./await-end.ts";
import { readFiles, type FileJob } from "./read-files.ts";
import { formatApplied, toLine } from "./report.ts";

type Options = {
  readonly filename?: readonly string[];
  readonly policy: ApplyPolicy;
  readonly running: RunningPolicy;
  readonly managed: "refuse" | "act";
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
  readonly dryRun?: boolean;
  readonly wait?: boolean;
  readonly timeout: number;
  readonly json?: boolean;
  readonly showValues?: boolean;
};

/** `kubemend apply-job FILE...`: what the action applyJob does, from a deploy pipeline, without rule and record. */
export function applyJobCommand(): Command {
  return new Command("apply-job")
    .description(
      "Create Jobs, or replace those that differ, by a policy for what no Job can change",
    )
    .argument("[file...]", "YAML or JSON, one or more Jobs; - for standard input")
    .addOption(
      new Option("-f, --filename <file>", "the same, as in kubectl; may be repeated").argParser(
        (file: string, files: readonly string[] | undefined) => [...(files ?? []), file],
      ),
    )
    .addOption(
      new Option("--policy <policy>", "what to do with a Job that exists and differs")
        .choices(APPLY_POLICIES)
        .makeOptionMandatory(),
    )
    .addOption(
      new Option("--running <what>", "with recreate: what to do with a Job that is running")
        .choices(RUNNING_POLICIES)
        .default("wait"),
    )
    .addOption(
      new Option("--managed <what>", "fields that another manager, such as Argo CD, keeps")
        .choices(["refuse", "act"])
        .default("refuse"),
    )
    .option("--kubeconfig <file>", "kubeconfig file (default: as kubectl finds it)")
    .option("--context <name>", "context of the kubeconfig")
    .option("-n, --namespace <name>", "namespace of Jobs that name none (default: the context's)")
    .option("--dry-run", "ask the API server with dryRun=All, and change nothing")
    .option("--wait", "wait until each Job is complete")
    .option(
      "--timeout <time>",
      "how long to wait in all: seconds, or 5m or 1h30m",
      parseSeconds,
      600,
    )
    .option("--json", "print one JSON line for each Job")
    .option("--show-values", "print the values that differ too, which may be secret")
    .addHelpText(
      "after",
      `
The Pod template of a Job can never be changed, so kubectl apply fails if an upgrade brings another one. The policies:
  skip      leave a Job that exists as it is
  recreate  delete it, wait until it and its Pods are gone, and create a new one; a running Job is waited for (--running)
  newName   create a Job whose name ends with a digest of its content; applying the same again creates nothing
  fail      exit with 1

A Job is compared with what the API server would make of the file, with its defaults and webhooks, so an unchanged Job is
not touched. Labels, annotations and the fields that may be changed later, such as ttlSecondsAfterFinished, are changed in
place. All files are read before anything is changed; if one Job fails, the others are still applied. A command that was
interrupted continues when it is run again.

The exit code is 1 if a Job was refused or, with --wait, has failed or was not complete in time.`,
    )
    .action(run);
}

function parseSeconds(text: string): number {
  const ms = parseDuration(text);
  const seconds = ms === undefined ? Number(text) : ms / 1000;
  if (Number.isFinite(seconds) && seconds > 0) return seconds;
  throw new InvalidArgumentError("expected seconds above 0, or a duration such as 5m.");
}

async function run(named: readonly string[], options: Options): Promise<void> {
  const files = [...named, ...(options.filename ?? [])];
  if (files.length === 0)
    throw misuse("name the files that have the Jobs, or - for standard input");
  if (files.filter((file) => file === "-").length > 1) {
    throw misuse("standard input can be read only once: name - once");
  }
  const { kubeconfig, context, policy, running } = options;
  if (policy !== "recreate" && running !== "wait") {
    throw misuse(
      `--running has an effect only with --policy recreate: no other policy replaces a Job`,
    );
  }
  const namespace = options.namespace ?? readContextNamespace({ kubeconfig, context });
  const jobs = await readFiles(files, { namespace, policy });
  using stop = stopSignal();
  const client = await connectKubeConfig({ kubeconfig, context });
  try {
    await unlessStopped(applyAll(client, jobs, options, stop.signal), stop.signal);
  } finally {
    await client.close();
  }
}

async function applyAll(
  client: KubernetesClient,
  jobs: readonly FileJob[],
  options: Options,
  signal: AbortSignal,
): Promise<void> {
  const output = createOutput({ json: options.json === true });
  const { policy, running, managed, dryRun = false } = options;
  const deadlineMs = performance.now() + options.timeout * 1000;
  const progress = (text: string): void => output.progress(text);
  const { wait, showValues = false } = options;
  const apply = { policy, running, managed, dryRun, deadlineMs, progress, wait, showValues };
  for (const job of jobs) await applyOne(client, job, apply, output, signal);
}

async function applyOne(
  client: KubernetesClient,
  { job, namespace, file }: FileJob,
  options: ApplyOptions & { readonly wait: boolean | undefined; readonly showValues: boolean },
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  const target = toTarget(job, namespace, options.policy);
  const { dryRun, showValues } = options;
  let applied: Applied | undefined;
  let end: JobEnd | undefined;
  try {
    applied = await applyJob(client, job, target, options, signal);
    if (options.wait === true && !dryRun && applied.outcome !== "refused") {
      end = await awaitEnd(client, { target, uid: applied.uid }, options, signal);
    }
  } catch (error) {
    if (!isKubemendError(error) || signal.aborted) throw error;
    const { code, message } = error;
    end = { outcome: "failed", code, message };
  }
  if (applied?.outcome === "refused" || (end !== undefined && end.outcome !== "complete")) {
    process.exitCode = EXIT_FAILED;
  }
  const outcome = { file, target, dryRun, showValues, applied, end };
  output.report(formatApplied(outcome), toLine(outcome));
}
