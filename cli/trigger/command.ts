import { join } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { createDiscovery } from "../../adapters/kubernetes/api/discovery.ts";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { readClusterUid } from "../../adapters/kubernetes/api/cluster-uid.ts";
import { getObject } from "../../adapters/kubernetes/api/objects.ts";
import { readUserName } from "../../adapters/kubernetes/api/user-name.ts";
import { createSign } from "../../adapters/signing/sign.ts";
import { createQueueClient } from "../../adapters/sqs/client.ts";
import { sendBatch, type SqsEntry } from "../../adapters/sqs/send-batch.ts";
import { KubemendError } from "../../core/errors.ts";
import { describeDecision } from "../../core/records/approval.ts";
import { isEnded } from "../../core/records/phase.ts";
import type { Pipeline } from "../../core/pipeline/pipeline.ts";
import { createRedact } from "../../core/redaction/redactor.ts";
import { readReferences } from "../../functions/normalize/read-references.ts";
import { findProjectRoot } from "../../sandbox/host/project-root.ts";
import { EXIT_FAILED } from "../terminal/exit.ts";
import { createOutput, type Output } from "../terminal/output.ts";
import { readPipeline } from "../input/read-pipeline.ts";
import { formatRecord, toRecordLine } from "../records/format-record.ts";
import { addRecordsOptions, withRecords, type RecordsOptions } from "../records/with-records.ts";
import { stopSignal } from "../terminal/stop-signal.ts";
import { awaitOutcome, type AwaitOptions } from "./await-outcome.ts";
import { findRule } from "./find-rule.ts";
import { parseObject } from "./parse-object.ts";
import { readSigningKeys } from "./read-signing-keys.ts";
import { toManualRequest } from "./to-manual-request.ts";
import { misuse } from "../terminal/misuse.ts";

type TriggerOptions = RecordsOptions & {
  readonly config?: string;
  readonly queueUrl: string;
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
      "pipeline file, the same as remediate's (default: the sandbox's own)",
    )
    .addOption(
      new Option("--queue-url <url>", "URL of remediations.fifo")
        .env("KUBEMEND_REMEDIATIONS_QUEUE_URL")
        .makeOptionMandatory(),
    )
    .addOption(
      new Option(
        "--signing-key-file <file>",
        "file with the keys that sign requests (default: the Secret kubemend/kubemend-signing-keys)",
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
signing key.

The queue is found through the standard AWS variables (AWS_REGION, credentials, AWS_ENDPOINT_URL_SQS). The exit code is 0
if the run succeeded, would succeed (--dry-run), or waits for approval.`,
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
  const file = options.config ?? join(findProjectRoot(), "sandbox", "pipeline.yaml");
  const pipeline = await readPipeline(file);
  const found = findRule(id, pipeline);
  const rule = options.dryRun === true ? { ...found, mode: "dryRun" as const } : found;
  await withRecords(options, async (records, client) => {
    const read = await readRun({ client, object, pipeline }, rule.on.resource, stop.signal);
    const now = new Date().toISOString();
    const { recordName, entry } = toManualRequest({ ...read, pipeline, rule, now });
    const keys = await readSigningKeys(client, options.signingKeyFile, stop.signal);
    await send({ queueUrl: options.queueUrl, keys }, entry, stop.signal);
    const { mode } = rule;
    output.report(recordName, { type: "asked", name: recordName, rule: id, object, mode });
    if (!options.wait) return;
    const timeoutMs = options.timeout * 1000;
    const { progress } = output;
    await reportOutcome({ records, name: recordName, timeoutMs, progress }, output, stop.signal);
  });
}

/** Everything that is read from the cluster first. */
async function readRun(
  input: {
    readonly client: KubernetesClient;
    readonly object: string;
    readonly pipeline: Pipeline;
  },
  expected: string,
  signal: AbortSignal,
) {
  const { client } = input;
  const discovery = createDiscovery({ client, now: () => performance.now() });
  const target = parseObject(input.object, await discovery.catalog(signal));
  const { group, version, resource, kind, namespace } = target;
  const name = group === "" ? resource : `${resource}.${group}`;
  if (name !== expected) {
    throw misuse(`the rule is about ${expected}, but ${input.object} is one of ${name}`);
  }
  const whole = await getObject(client, target, signal);
  if (whole === null) {
    throw new KubemendError("NotFound", `${input.object} does not exist`, { retryable: false });
  }
  const { object } = createRedact(input.pipeline)(whole, target);
  return {
    object,
    resource: { group, version, resource, kind, namespaced: namespace !== null },
    references: await readReferences(object, discovery, signal),
    clusterUid: await readClusterUid(client, signal),
    user: await readUserName(client, signal),
  };
}

async function send(
  to: { readonly queueUrl: string; readonly keys: readonly string[] },
  entry: SqsEntry,
  signal: AbortSignal,
): Promise<void> {
  const { queueUrl, keys } = to;
  const client = createQueueClient({});
  const known = { current: async () => keys, reread: async () => keys };
  try {
    const sign = createSign(known, "remediations");
    const [outcome] = await sendBatch({ client, queueUrl, sign }, [entry], signal);
    if (outcome?.outcome === "refused") throw outcome.error;
  } finally {
    client.destroy();
  }
}

async function reportOutcome(
  waiting: AwaitOptions,
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  const record = await awaitOutcome(waiting, signal);
  const phase = record?.status?.phase ?? "Pending";
  if (record !== undefined) output.report(formatRecord(record), toRecordLine(record));
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
