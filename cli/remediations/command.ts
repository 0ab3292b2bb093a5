import { Command } from "commander";
import type { RecordStore } from "../../adapters/kubernetes/remediation/records.ts";
import { toCreatedMs } from "../../core/records/plan-sweep.ts";
import { sleep } from "../../sandbox/host/sleep.ts";
import { createOutput, type Output } from "../terminal/output.ts";
import { formatRecord, toRecordLine } from "../records/format-record.ts";
import { addRecordsOptions, withRecords, type RecordsOptions } from "../records/with-records.ts";
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
    .option("--rule <id>", "only remediations of this rule")
    .option("--watch", "keep running, and print a remediation again whenever it changes")
    .option("--json", "print one JSON object per line");
  return addRecordsOptions(command).action(list);
}

async function list(options: RemediationsOptions): Promise<void> {
  const output = createOutput({ json: options.json ?? false });
  using stop = stopSignal();
  await withRecords(options, async (records) => {
    const seen = new Map<string, string>();
    const shown = await show(records, options.rule, seen, output);
    if (shown === 0) output.print("No remediations.");
    while (options.watch === true && !stop.signal.aborted) {
      await sleep(WATCH_INTERVAL_MS, stop.signal);
      if (!stop.signal.aborted) await show(records, options.rule, seen, output);
    }
  });
}

/** Prints the records that have changed since they were last printed; returns their number. */
async function show(
  records: RecordStore,
  rule: string | undefined,
  seen: Map<string, string>,
  output: Output,
): Promise<number> {
  const all = await records.list();
  const changed = all
    .filter(({ spec }) => rule === undefined || spec.rule.id === rule)
    .filter(({ metadata }) => seen.get(metadata.uid) !== metadata.resourceVersion)
    .toSorted((a, b) => toCreatedMs(a) - toCreatedMs(b));
  for (const record of changed) {
    seen.set(record.metadata.uid, record.metadata.resourceVersion);
    output.report(formatRecord(record), toRecordLine(record));
  }
  return changed.length;
}
