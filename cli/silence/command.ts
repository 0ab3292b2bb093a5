import { Command } from "commander";
import { listSilences, toSilencePath } from "../../adapters/alert-groups/read-silences.ts";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { readUserName } from "../../adapters/kubernetes/api/user-name.ts";
import { isInForce } from "../../core/alerts/groups/silences.ts";
import { isKubemendError, KubemendError } from "../../core/errors.ts";
import { toPrintable } from "../../core/text/printable.ts";
import { RECORD_API_VERSION } from "../../events/remediation.ts";
import { SILENCE_KIND, SILENCE_RESOURCE } from "../../events/silence.ts";
import { addRecordsOptions, withCluster, type RecordsOptions } from "../records/with-records.ts";
import { readPipeline } from "../input/read-pipeline.ts";
import { createOutput, type Output } from "../terminal/output.ts";
import { writeError } from "../terminal/streams.ts";
import { stopSignal } from "../terminal/stop-signal.ts";
import { checkAsked } from "./check-asked.ts";
import { isUnknown } from "./is-unknown.ts";
import { describeSilence } from "./describe-silence.ts";
import { parseAsked, type Asked, type SilenceFlags } from "./parse-asked.ts";

type SilenceOptions = RecordsOptions &
  SilenceFlags & { readonly config?: string; readonly json?: boolean };

const RIGHTS = [{ resource: SILENCE_RESOURCE, verbs: ["create", "list", "patch"] }];

/** `kubemend silence [RULE]`: silences alerts for a time, lists silences, or ends one. */
export function silenceCommand(): Command {
  const command = new Command("silence")
    .description("Silence alerts for a time; they are counted, and their number is sent at its end")
    .argument("[rule]", "id of the rule whose alerts are silenced")
    .option(
      "--label <key=value>",
      "alerts with this label, such as namespace=data; can be given several times, all must fit",
      (label: string, labels: readonly string[]) => [...labels, label],
      [],
    )
    .option("--for <duration>", "how long, such as 30m or 2h")
    .option("--reason <text>", "why, for those who look for the alerts")
    .option("--config <file>", "pipeline file, to check that it has the rule and the labels")
    .option("--list", "list the silences")
    .option("--end <name>", "end the silence of this name now")
    .option("--json", "print JSON lines");
  return addRecordsOptions(command).action((rule: string | undefined, options: SilenceOptions) =>
    run(rule, options),
  );
}

async function run(rule: string | undefined, options: SilenceOptions): Promise<void> {
  const asked = parseAsked(rule, options);
  // A faulty file is reported before any cluster is asked.
  if (options.config !== undefined) checkAsked(asked, await readPipeline(options.config));
  const { namespace } = options;
  using stop = stopSignal();
  const { signal } = stop;
  const output = createOutput({ json: options.json ?? false });
  const command = { name: "silence", rights: RIGHTS };
  const work = (client: KubernetesClient) =>
    carryOut(asked, { client, namespace, output, isChecked: options.config !== undefined }, signal);
  await withCluster(options, command, work, signal);
}

type Deps = {
  readonly client: KubernetesClient;
  readonly namespace: string;
  readonly output: Output;
  /** The rule and the labels are those of a pipeline. */
  readonly isChecked: boolean;
};

async function carryOut(asked: Asked, deps: Deps, signal: AbortSignal): Promise<void> {
  switch (asked.what) {
    case "list":
      return list(deps, signal);
    case "end":
      return end(asked.name, deps, signal);
    case "silence":
      return silence(asked, deps, signal);
  }
}

async function silence(
  asked: Asked & { readonly what: "silence" },
  { client, namespace, output, isChecked }: Deps,
  signal: AbortSignal,
): Promise<void> {
  const by = await readUserName(client);
  const { what: _what, forMs, ...selected } = asked;
  const until = new Date(Date.now() + forMs).toISOString();
  const spec = { ...selected, until, by };
  const made = await client.request<{ readonly metadata: { readonly name: string } }>({
    method: "POST",
    path: toSilencePath({ namespace }),
    body: {
      apiVersion: RECORD_API_VERSION,
      kind: SILENCE_KIND,
      metadata: { generateName: `${asked.rule ?? "labels"}-` },
      spec,
    },
    signal,
  });
  const { name } = made.metadata;
  const line = `Silenced until ${until}, within 10 s: ${describeSilence(spec)}. kubemend silence --end ${name} ends it.`;
  output.report(toPrintable(line), { type: "silenced", name, ...spec });
  if (isChecked || asked.rule === undefined) return;
  if (await isUnknown(asked.rule, { client, namespace }, signal)) {
    const text = `No alert and no remediation of a rule ${asked.rule} is in this cluster, so its name may be wrong: --config FILE checks it.`;
    writeError(`${toPrintable(text)}\n`);
  }
}

async function list({ client, namespace, output }: Deps, signal: AbortSignal): Promise<void> {
  const now = new Date().toISOString();
  const silences = await listSilences({ client, namespace }, signal);
  const inForce = silences.filter((one) => isInForce(one, now));
  for (const { metadata, spec } of inForce) {
    const why = spec.reason === undefined ? "" : `: ${spec.reason}`;
    const line = `${metadata.name}  until ${spec.until}  ${describeSilence(spec)}  by ${spec.by}${why}`;
    output.report(toPrintable(line), { type: "silence", name: metadata.name, ...spec });
  }
  if (inForce.length === 0) output.print("No alerts are silenced.");
}

async function end(
  name: string,
  { client, namespace, output }: Deps,
  signal: AbortSignal,
): Promise<void> {
  const until = new Date().toISOString();
  const by = await readUserName(client);
  try {
    await client.request({
      method: "PATCH",
      path: toSilencePath({ namespace, name }),
      contentType: "application/merge-patch+json",
      body: { spec: { until, by } },
      signal,
    });
  } catch (error) {
    if (!isKubemendError(error, "NotFound")) throw error;
    const text = `There is no silence ${name} in the namespace ${namespace}, so none was ended. kubemend silence --list lists them.`;
    throw new KubemendError("Refused", toPrintable(text), { retryable: false, cause: error });
  }
  const line = `Ended ${name}. The alerts that it silenced are sent within two minutes, as one message for each group.`;
  output.report(toPrintable(line), { type: "ended", name, until });
}
