import { join } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { readClusterUid } from "../../adapters/kubernetes/api/cluster-uid.ts";
import { createReadNamespaceLabels } from "../../adapters/kubernetes/api/namespace-labels.ts";
import { createRouteAlert, type RouteAlert } from "../../adapters/lambda/route-alerts.ts";
import { createSign } from "../../adapters/signing/sign.ts";
import { sendBatch, type SqsEntry } from "../../adapters/sqs/send-batch.ts";
import { makesRecord } from "../../core/pipeline/makes-record.ts";
import { viewFromUid } from "../../core/pipeline/source-view.ts";
import { describeDecision } from "../../core/records/approval.ts";
import { isEnded } from "../../core/records/phase.ts";
import { toEntry } from "../../adapters/alert-groups/send-grouped.ts";
import { findProjectRoot } from "../../sandbox/host/project-root.ts";
import { readPipeline } from "../input/read-pipeline.ts";
import { formatRecord, toRecordLine } from "../records/format-record.ts";
import { addRecordsOptions, withRecords, type RecordsOptions } from "../records/with-records.ts";
import { EXIT_FAILED } from "../terminal/exit.ts";
import { createOutput, type Output } from "../terminal/output.ts";
import { toPrintable } from "../../core/text/printable.ts";
import { stopSignal } from "../terminal/stop-signal.ts";
import { awaitOutcome, type AwaitOptions } from "./await-outcome.ts";
import { findQueue, findSandboxOf } from "./find-queues.ts";
import { findRule } from "./find-rule.ts";
import { readRun } from "./read-run.ts";
import { readSigningKeys } from "./read-signing-keys.ts";
import { toManualAlerts } from "./to-manual-alerts.ts";
import { toManualRequest, type ManualRun } from "./to-manual-request.ts";

type TriggerOptions = RecordsOptions & {
  readonly config?: string;
  readonly queueUrl?: string;
  readonly alertsQueueUrl?: string;
  readonly signingKeyFile?: string;
  readonly dryRun?: boolean;
  readonly wait: boolean;
  readonly timeout: number;
  readonly json?: boolean;
};

/** `kubemend trigger RULE OBJECT`: runs a rule's actions manually, through the same queue, checks and records. */
export function triggerCommand(): Command {
  const command = new Command("trigger")
    .description("Run a rule's actions on an object manually, with the same checks and records")
    .argument("<rule>", "id of the rule")
    .argument(
      "<object>",
      "RESOURCE/NAMESPACE/NAME, for example jobs.batch/default/backup-1, or nodes/NAME",
    )
    .option(
      "--config <file>",
      "pipeline file, the same as remediate's (default: that of the sandbox)",
    )
    .addOption(
      new Option(
        "--queue-url <url>",
        "URL of remediations.fifo (default: that of the sandbox, if the cluster is one)",
      ).env("KUBEMEND_REMEDIATIONS_QUEUE_URL"),
    )
    .addOption(
      new Option("--alerts-queue-url <url>", "the same for alerts, if the rule only alerts").env(
        "KUBEMEND_ALERTS_QUEUE_URL",
      ),
    )
    .addOption(
      new Option(
        "--signing-key-file <file>",
        "file with the keys that sign requests (default: the Secret kubemend-signing-keys in the namespace)",
      ).env("KUBEMEND_SIGNING_KEY_FILE"),
    )
    .option(
      "--dry-run",
      "only ask the API server with dryRun=All; nothing is done, and no alert is sent",
    )
    .option("--no-wait", "print the record's name and exit")
    .option("--timeout <seconds>", "how long to wait for the outcome", parseSeconds, 300)
    .option("--json", "print JSON lines");
  return addRecordsOptions(command)
    .addHelpText(
      "after",
      `
Each run creates a new record with your user name, whatever the rule has done before. All other checks apply: remediate
reads the object again and evaluates the rule's where, reach and whereTarget on its live state, and leaves an object alone
that does not match. It follows the rule of its own pipeline. for, at and mode: approval wait as usual. The rule's selection
of namespaces and labels is not checked, because you name the object. The request is signed, so you must be able to read the
signing key. A rule that only alerts creates no record: if its where holds, its alerts are sent at once.

The queue is found through the standard AWS variables (AWS_REGION, credentials, AWS_ENDPOINT_URL_SQS), or, if the cluster
is a running sandbox, by itself. The exit code is 0 if the run succeeded, would succeed (--dry-run), or waits for approval.`,
    )
    .action(trigger);
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (Number.isFinite(seconds) && seconds > 0) return seconds;
  throw new InvalidArgumentError("expected a number of seconds above 0.");
}

async function trigger(id: string, object: string, options: TriggerOptions): Promise<void> {
  const output = createOutput({ json: options.json ?? false });
  using stop = stopSignal();
  const { signal } = stop;
  const needs = { name: "trigger", verbs: ["get"] };
  // A faulty file is reported before any cluster is asked.
  const named = options.config === undefined ? undefined : await readPipeline(options.config);
  const work: Parameters<typeof withRecords>[2] = async (records, client) => {
    // oxlint-disable-next-line node/no-process-env -- a setting of the machine, which names the sandbox's folder
    const kubeconfig = options.kubeconfig ?? process.env["KUBECONFIG"];
    const sandbox = findSandboxOf(client.server, kubeconfig);
    const written = named ?? (await readPipeline(sandbox?.config ?? toDefaultPipeline()));
    const pipeline = viewFromUid(written, await readClusterUid(client, signal));
    const found = findRule(id, pipeline);
    const rule = options.dryRun === true ? { ...found, mode: "dryRun" as const } : found;
    const kind = makesRecord(rule) ? "remediations" : "alerts";
    const url = kind === "remediations" ? options.queueUrl : options.alertsQueueUrl;
    const run = await readRun({ client, object, pipeline, rule }, signal);
    const send = async (entries: readonly SqsEntry[]): Promise<void> => {
      const keys = await readSigningKeys(
        client,
        { file: options.signingKeyFile, namespace: options.namespace },
        signal,
      );
      await sendTo({ kind, url, sandbox, keys }, entries, signal);
    };
    if (kind === "alerts") {
      const labels = createReadNamespaceLabels({ client, now: () => performance.now() });
      const routeAlert = createRouteAlert(pipeline, labels);
      return sendAlerts({ run, object, routeAlert }, send, output);
    }
    const { recordName, entry } = toManualRequest(run);
    await send([entry]);
    const { mode } = rule;
    output.report(recordName, { type: "asked", name: recordName, rule: id, object, mode });
    if (!options.wait) return;
    const timeoutMs = options.timeout * 1000;
    const { status } = output;
    await reportOutcome({ records, name: recordName, timeoutMs, status }, output, signal);
  };
  await withRecords(options, needs, work, signal);
}

function toDefaultPipeline(): string {
  return join(findProjectRoot(), "sandbox", "pipeline.yaml");
}

async function sendTo(
  queue: Parameters<typeof findQueue>[0] & { readonly keys: readonly string[] },
  entries: readonly SqsEntry[],
  signal: AbortSignal,
): Promise<void> {
  const { client, queueUrl } = await findQueue(queue, signal);
  const known = { current: async () => queue.keys, reread: async () => queue.keys };
  try {
    const sign = createSign(known, queue.kind);
    const outcomes = await sendBatch({ client, queueUrl, sign }, entries, signal);
    for (const outcome of outcomes) if (outcome.outcome === "refused") throw outcome.error;
  } finally {
    client.destroy();
  }
}

/** Sends the alerts of a rule that only alerts, if it matches the object; with --dry-run only shows them. */
async function sendAlerts(
  asked: { readonly run: ManualRun; readonly object: string; readonly routeAlert: RouteAlert },
  send: (entries: readonly SqsEntry[]) => Promise<void>,
  output: Output,
): Promise<void> {
  const { run, object, routeAlert } = asked;
  const { id: rule, mode } = run.rule;
  const alerts = toManualAlerts(run);
  if (alerts.outcome === "refused") {
    process.exitCode = EXIT_FAILED;
    const { reason } = alerts;
    output.report(toPrintable(`Refused: rule ${rule} does not match ${object}: ${reason}`), {
      type: "refused",
      rule,
      object,
      reason,
    });
    return;
  }
  const isSent = mode !== "dryRun";
  const routed = await Promise.all(alerts.alerts.map((alert) => routeAlert(alert)));
  const messages = routed.flat();
  if (isSent) await send(messages.map(toEntry));
  for (const { data } of messages) {
    const { alertId, to, summary } = data;
    const what = isSent ? "Alert queued" : "Would send an alert";
    output.report(toPrintable(`${what} to ${to}: ${summary}  ${alertId}`), {
      type: isSent ? "alerted" : "wouldAlert",
      name: alertId,
      rule,
      object,
      mode,
      to,
      summary,
    });
  }
}

async function reportOutcome(
  waiting: AwaitOptions,
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  const record = await awaitOutcome(waiting, signal);
  const phase = record?.status?.phase ?? "Pending";
  if (record !== undefined) output.report(formatRecord(record, Date.now()), toRecordLine(record));
  if (record !== undefined && phase === "AwaitingApproval") output.print(describeDecision(record));
  if (["Succeeded", "DryRun", "AwaitingApproval"].includes(phase)) return;
  process.exitCode = EXIT_FAILED;
  if (isEnded(phase)) return;
  output.print(
    record === undefined
      ? "There is no record yet. Is remediate running, and is this the queue that it reads?"
      : "Still running; follow it with `kubemend remediations --watch`.",
  );
}
