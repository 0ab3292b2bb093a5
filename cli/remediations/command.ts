import { setTimeout as sleep } from "node:timers/promises";
import { Command } from "commander";
import type { RecordStore } from "../../adapters/kubernetes/remediation/records.ts";
import { toCreatedMs } from "../../core/records/plan-sweep.ts";
import { createOutput, type Output } from "../terminal/output.ts";
import { formatRecord, toRecordLine } from "../records/format-record.ts";
import { addRecordsOptions, withRecords, type RecordsOptions } from "../records/with-records.ts";
import { stopSignal } from "../terminal/stop-signal.ts";

type RemediationsOptions = RecordsOptions & {
  readonly rule?: string;
  readonly watch?: boolean;
  readonly json?: boolean;
};

const WATCH_PAUSE_MS = 1_000;

/** `kubemend remediations`: what was done, to which object, and how it ended; oldest first. */
export function remediationsCommand(): Command {
  const command = new Command("remediations")
    .description("List what Kubemend did, and what it waits for")
    .option("--rule <id>", "of this rule only")
    .option("--watch", "go on, and print each one again when it has changed")
    .option("--json", "print a JSON object a line");
  return addRecordsOptions(command).action(list);
}

async function list(options: RemediationsOptions): Promise<void> {
  const output = createOutput({ json: options.json ?? false });
  using stop = stopSignal();
  await withRecords(options, async (records) => {
    const seen = new Map<string, string>();
    const shown = await show(records, options.rule, seen, output);
    if (shown === 0) output.say("No remediations.");
    while (options.watch === true && !stop.signal.aborted) {
      await sleep(WATCH_PAUSE_MS, undefined, { signal: stop.signal }).catch(() => {});
      if (!stop.signal.aborted) await show(records, options.rule, seen, output);
    }
  });
}

/** Prints those that are not as they were; how many. */
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
    output.tell(formatRecord(record), toRecordLine(record));
  }
  return changed.length;
}
