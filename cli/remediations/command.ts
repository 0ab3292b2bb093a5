import { Command } from "commander";
import type { RecordStore } from "../../adapters/kubernetes/remediation/records.ts";
import { KubemendError } from "../../core/errors.ts";
import { toCreatedMs } from "../../core/records/plan-sweep.ts";
import { toPrintable } from "../../core/text/printable.ts";
import { suggestName } from "../../core/text/suggest.ts";
import { sleep } from "../../sandbox/host/sleep.ts";
import { createOutput, type Output } from "../terminal/output.ts";
import { formatRecordDetails, toRecordDetails } from "../records/format-record-details.ts";
import { formatRecord, toRecordLine, toShownState } from "../records/format-record.ts";
import { addRecordsOptions, withRecords, type RecordsOptions } from "../records/with-records.ts";
import { misuse } from "../terminal/misuse.ts";
import { stopSignal } from "../terminal/stop-signal.ts";

type RemediationsOptions = RecordsOptions & {
  readonly rule?: string;
  readonly watch?: boolean;
  readonly json?: boolean;
};

const WATCH_INTERVAL_MS = 1_000;

/** `kubemend remediations`: lists what was done, to which object, and how it ended; oldest first. */
export function remediationsCommand(): Command {
  const command = new Command("remediations")
    .description("List remediations: what Kubemend did, and what is still waiting")
    .argument(
      "[name]",
      "show this remediation alone: its steps, and the diff of what they would do",
    )
    .option("--rule <id>", "only remediations of this rule")
    .option(
      "--watch",
      "keep running, and print a remediation again when something about it has changed",
    )
    .option("--json", "print one JSON object per line");
  return addRecordsOptions(command).action(list);
}

async function list(name: string | undefined, options: RemediationsOptions): Promise<void> {
  const output = createOutput({ json: options.json ?? false });
  using stop = stopSignal();
  const { signal } = stop;
  if (name !== undefined) {
    await showOne(name, options, output, signal);
    return;
  }
  const needs = { name: "remediations", verbs: ["list"] };
  let isWatching = false;
  try {
    await withRecords(options, needs, (records) => run(records), signal);
  } catch (error) {
    // Ctrl-C is how a watch ends.
    if (!isWatching || !signal.aborted) throw error;
  }

  async function run(records: RecordStore): Promise<void> {
    const seen = new Map<string, string>();
    const shown = await show(records, options.rule, seen, output);
    if (shown === 0) output.print("No remediations.");
    isWatching = options.watch === true;
    while (isWatching && !signal.aborted) {
      await sleep(WATCH_INTERVAL_MS, signal);
      if (!signal.aborted) await show(records, options.rule, seen, output);
    }
  }
}

/** Prints everything that people ask of one record. */
async function showOne(
  name: string,
  options: RemediationsOptions,
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  const conflicting = options.rule === undefined ? options.watch && "--watch" : "--rule";
  if (conflicting !== undefined && conflicting !== false) {
    throw misuse(
      `${conflicting} is for the list of remediations: leave out ${name}, or ${conflicting}`,
    );
  }
  const needs = { name: "remediations", verbs: ["get", "list"] };
  await withRecords(options, needs, (records) => run(records), signal);

  async function run(records: RecordStore): Promise<void> {
    const record = await records.read(name);
    if (record === undefined) throw await toUnknown(name, records, options.namespace);
    output.report(formatRecordDetails(record, Date.now()), toRecordDetails(record));
  }
}

/** Names what is most likely meant. */
async function toUnknown(
  name: string,
  records: RecordStore,
  namespace: string,
): Promise<KubemendError> {
  const names = (await records.list()).map(({ metadata }) => metadata.name);
  const near = suggestName(name, names);
  const hint = near === undefined ? "`kubemend remediations` lists them." : `Did you mean ${near}?`;
  const message = `There is no remediation ${name} in the namespace ${namespace}. ${hint}`;
  return new KubemendError("Refused", toPrintable(message), { retryable: false });
}

/** Prints the records of which something has changed since they were last printed; returns their number. */
async function show(
  records: RecordStore,
  rule: string | undefined,
  seen: Map<string, string>,
  output: Output,
): Promise<number> {
  const all = await records.list();
  const changed = all
    .filter(({ spec }) => rule === undefined || spec.rule.id === rule)
    .filter((record) => seen.get(record.metadata.uid) !== toShownState(record))
    .toSorted((a, b) => toCreatedMs(a) - toCreatedMs(b));
  for (const record of changed) {
    seen.set(record.metadata.uid, toShownState(record));
    output.report(formatRecord(record, Date.now()), toRecordLine(record));
  }
  return changed.length;
}
