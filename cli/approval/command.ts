import { Command } from "commander";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { toRecordPath, type RecordStore } from "../../adapters/kubernetes/remediation/records.ts";
import { readUserName } from "../../adapters/kubernetes/api/user-name.ts";
import { KubemendError } from "../../core/errors.ts";
import type { RecordApproval } from "../../events/remediation.ts";
import { createOutput } from "../terminal/output.ts";
import { toPrintable } from "../../core/text/printable.ts";
import { stopSignal } from "../terminal/stop-signal.ts";
import { formatPreview } from "../records/format-preview.ts";
import { addRecordsOptions, withRecords, type RecordsOptions } from "../records/with-records.ts";

type DecideOptions = RecordsOptions & { readonly reason?: string; readonly json?: boolean };

/** `kubemend approve NAME`. */
export function approveCommand(): Command {
  return decideCommand("approve", "Approve a remediation that waits for approval");
}

/** `kubemend reject NAME`. */
export function rejectCommand(): Command {
  return decideCommand("reject", "Reject a remediation that waits for approval");
}

/** Both record a decision about a plan that waits, under the user name by which the cluster knows you. */
function decideCommand(decision: RecordApproval["decision"], description: string): Command {
  const command = new Command(decision)
    .description(description)
    .argument("<name>", "name of the record, as shown in the alert and by `kubemend remediations`")
    .option("--reason <text>", "reason to store in the record")
    .option("--json", "print one JSON object");
  return addRecordsOptions(command).action((name: string, options: DecideOptions) =>
    decide(decision, name, options),
  );
}

async function decide(
  decision: RecordApproval["decision"],
  name: string,
  options: DecideOptions,
): Promise<void> {
  const output = createOutput({ json: options.json ?? false });
  using stop = stopSignal();
  const needs = { name: decision, verbs: ["get", "patch"] };
  await withRecords(options, needs, (records, client) => write(records, client), stop.signal);

  async function write(records: RecordStore, client: KubernetesClient): Promise<void> {
    const record = await records.read(name);
    if (record === undefined) {
      throw refusal(`There is no remediation ${name} in the namespace ${options.namespace}.`);
    }
    const phase = record.status?.phase ?? "Pending";
    if (phase !== "AwaitingApproval") {
      throw refusal(`Remediation ${name} is not waiting for approval: its phase is ${phase}.`);
    }
    for (const line of formatPreview(record.status?.preview ?? [])) output.print(`  ${line}`);
    const by = await readUserName(client);
    const { uid, resourceVersion } = record.metadata;
    const { reason } = options;
    const question = record.status?.question;
    const approval = {
      decision,
      by,
      ...(question === undefined ? {} : { question }),
      ...(reason === undefined ? {} : { reason }),
    };
    await client.request({
      method: "PATCH",
      path: toRecordPath({ namespace: options.namespace, name }),
      contentType: "application/merge-patch+json",
      // The resourceVersion makes sure that the decision is about the plan that was shown.
      body: { metadata: { uid, resourceVersion }, spec: { approval } },
    });
    const done = decision === "approve" ? "Approved" : "Rejected";
    const when = "This takes effect at once, or within a minute if the relay is down";
    const held =
      decision === "approve"
        ? `, unless a guard holds it back: kubemend guards ${toPrintable(record.spec.rule.id)} says until when`
        : "";
    output.report(`${done} by ${toPrintable(by)}. ${when}${held}.`, { name, ...approval });
  }
}

/** One line, whatever name was given and whatever the record says. */
function refusal(message: string): KubemendError {
  return new KubemendError("Refused", toPrintable(message), { retryable: false });
}
