import { describeEnd } from "./describe-end.ts";
import { dirname, join } from "node:path";
import { Command } from "commander";
import pc from "picocolors";
import { readCheckedPipelineFile } from "../../adapters/checked-pipeline.ts";
import { connectKubeConfig } from "../../adapters/kubernetes/connect/kubeconfig-connection.ts";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { describeError } from "../../core/errors.ts";
import { toPrintable } from "../../core/text/printable.ts";
import type { Pipeline } from "../../core/pipeline/pipeline.ts";
import { readPipeline } from "../input/read-pipeline.ts";
import { readStage, type Stage } from "../setup/stage.ts";
import type { SandboxState } from "../../sandbox/state-file.ts";
import { EXIT_FAILED } from "../terminal/exit.ts";
import { misuse } from "../terminal/misuse.ts";
import { createOutput, type Output } from "../terminal/output.ts";
import { stopSignal } from "../terminal/stop-signal.ts";
import { findSandboxOf } from "../trigger/find-queues.ts";
import { runChecks } from "./checks.ts";
import type { Finding } from "./finding.ts";

type Options = {
  readonly context?: string;
  readonly kubeconfig?: string;
  readonly settings?: string;
  readonly config?: string;
  readonly send?: boolean;
  readonly json?: boolean;
};

/** `kubemend doctor`: checks an installation from end to end, one line a check, with the way out of each fault. */
export function doctorCommand(): Command {
  return new Command("doctor")
    .description("Check an installation from end to end, with the way out of each fault")
    .option("--context <name>", "kubeconfig context of the cluster (default: the current one)")
    .option("--kubeconfig <file>", "kubeconfig file (default: as kubectl finds it)")
    .option("--settings <file>", "settings of the stage, as kubemend init writes them")
    .option("--config <file>", "pipeline file (default: that of the settings, or of the sandbox)")
    .option(
      "--send",
      "send one test wake-up, about a record that does not exist, and wait until remediate has taken it",
    )
    .option("--json", "print one JSON object for each check")
    .addHelpText(
      "after",
      `
It only reads, except with --send. AWS is asked by the aws command line with your own credentials; what cannot be checked is
skipped with the reason. A running sandbox is recognized, and its queues are checked instead of those of AWS.

The exit code is 1 if a check failed.`,
    )
    .action(doctor);
}

async function doctor(options: Options): Promise<void> {
  const { kubeconfig, send = false } = options;
  using stop = stopSignal();
  const stage = options.settings === undefined ? undefined : readStage(options.settings);
  const client = await connect(options);
  const output = createOutput({ json: options.json ?? false });
  try {
    const sandbox =
      "unknown" in client
        ? undefined
        : findSandboxOf(client.server, kubeconfig ?? process.env["KUBECONFIG"]);
    const pipeline = await readNamed(options.config, stage, sandbox);
    const digests = await readSandboxDigests(sandbox);
    const target = { client, pipeline, stage, sandbox, digests, send };
    let [failures, skipped] = [0, 0];
    for await (const finding of runChecks(target, stop.signal)) {
      if (finding.outcome === "failed") failures += 1;
      if (finding.outcome === "skipped") skipped += 1;
      report(finding, output);
    }
    if (failures > 0) process.exitCode = EXIT_FAILED;
    output.print(`\n${describeEnd(failures, skipped)}`);
  } finally {
    if ("close" in client) await client.close();
  }
}

/** The cluster; or, if nobody has named one and the settings of a stage say where to look in AWS, why there is none. */
async function connect({
  context,
  kubeconfig,
  settings,
}: Options): Promise<KubernetesClient | { readonly unknown: string }> {
  const isNamed = context !== undefined || kubeconfig !== undefined;
  try {
    return await connectKubeConfig({ context, kubeconfig });
  } catch (error) {
    if (isNamed || settings === undefined) throw error;
    return { unknown: `no cluster to look at: ${describeError(error)}` };
  }
}

async function readNamed(
  config: string | undefined,
  stage: Stage | undefined,
  sandbox: SandboxState | undefined,
): Promise<Pipeline> {
  const file = config ?? stage?.config ?? sandbox?.config;
  if (file === undefined) {
    throw misuse(
      "the pipeline is unknown: name it with --config, or the settings of a stage with --settings",
    );
  }
  return readPipeline(file);
}

async function readDigest(file: string): Promise<string | undefined> {
  const checked = await readCheckedPipelineFile(file).catch(() => undefined);
  return checked?.ok === true ? checked.value.pipeline.digest : undefined;
}

/** Of the files that the sandbox's relay and functions read. */
async function readSandboxDigests(
  sandbox: SandboxState | undefined,
): Promise<Readonly<Record<"relay" | "functions", string | undefined>> | undefined> {
  if (sandbox?.config === undefined) return undefined;
  return {
    relay: await readDigest(sandbox.config),
    functions: await readDigest(join(dirname(sandbox.info.kubeconfig), "pipeline.json")),
  };
}

const MARKS: Readonly<Record<Finding["outcome"], string>> = {
  ok: pc.green("ok     "),
  failed: pc.red("failed "),
  skipped: pc.yellow("skipped"),
};

function report(finding: Finding, output: Output): void {
  const { check, outcome, message, fix } = finding;
  const line = `${MARKS[outcome]}  ${toPrintable(`${check}: ${message}`)}`;
  const way = fix === undefined ? "" : `\n         ${toPrintable(`-> ${fix}`)}`;
  output.report(line + way, { type: "check", ...finding });
}
