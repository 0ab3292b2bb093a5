import pc from "picocolors";
import {
  createRecordStore,
  type RecordStore,
} from "../../adapters/kubernetes/remediation/records.ts";
import { toCreatedMs } from "../../core/records/plan-sweep.ts";
import type { AlertMessage } from "../../events/alert.ts";
import { DEFAULT_RECORD_NAMESPACE, type RemediationRecord } from "../../events/remediation.ts";
import { sleep } from "../../sandbox/host/sleep.ts";
import type { PipelineListener } from "../../sandbox/pipeline/start-pipeline.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { formatRecord, toRecordLine, toShownState } from "../records/format-record.ts";
import type { Output } from "../terminal/output.ts";
import { toPrintable } from "../../core/text/printable.ts";

const LOOK_EVERY_MS = 1_000;

/** Shows what a running sandbox does: a line for each alert and for each remediation that has ended or waits. */
export type LiveLines = {
  /** For the pipeline. Before `run`, alerts are not shown: the scenarios report what they cause. */
  readonly listener: PipelineListener;
  /** Shows remediations too, those from now on, until the signal aborts. */
  readonly run: (sandbox: Sandbox, signal: AbortSignal) => Promise<void>;
};

export function createLiveLines(output: Output): LiveLines {
  let isRunning = false;
  return {
    listener: {
      onAlert(alert) {
        if (isRunning) output.report(formatAlert(alert), toAlertLine(alert));
      },
      onNotice: (text) =>
        output.report(`${timeOfDay()}  ${toPrintable(text)}`, { type: "notice", text }),
    },
    async run({ kubernetes: client, pipeline }, signal) {
      if (pipeline === undefined) return;
      isRunning = true;
      const records = createRecordStore({ client, namespace: DEFAULT_RECORD_NAMESPACE });
      const seen = new Map<string, string>();
      await look(records, () => {}, seen, signal);
      while (!signal.aborted) {
        await sleep(LOOK_EVERY_MS, signal);
        await look(
          records,
          (record) => {
            const line = `${timeOfDay()}  ${formatRecord(record, Date.now())}`;
            output.report(line, { type: "remediation", ...toRecordLine(record) });
          },
          seen,
          signal,
        );
      }
    },
  };
}

/** A failure is no reason to end: the API server may be restarting, and `Sandbox.ended` reports a part that has exited. */
async function look(
  records: RecordStore,
  show: (record: RemediationRecord) => void,
  seen: Map<string, string>,
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) return;
  const all = await records.list(signal).catch(() => []);
  for (const record of all.toSorted((a, b) => toCreatedMs(a) - toCreatedMs(b))) {
    const state = toShownState(record);
    const phase = record.status?.phase ?? "Pending";
    if (phase === "Pending" || phase === "Running" || seen.get(record.metadata.uid) === state) {
      continue;
    }
    seen.set(record.metadata.uid, state);
    show(record);
  }
}

function formatAlert({ to, summary, trigger, rule, problem }: AlertMessage["data"]): string {
  const place = trigger.namespace === null ? "" : `${trigger.namespace}/`;
  const about = `${trigger.kind} ${place}${trigger.name}`;
  const why = problem === undefined ? "" : ` (${problem.code}: ${problem.message})`;
  const line = `Alert to ${to}  ${rule.id}  ${about}  ${summary}${why}`;
  return `${timeOfDay()}  ${toPrintable(line)}`;
}

function toAlertLine(alert: AlertMessage["data"]): Readonly<Record<string, unknown>> {
  const { alertId, to, rule, trigger, summary, problem } = alert;
  return { type: "alert", name: alertId, to, rule: rule.id, trigger, summary, problem };
}

function timeOfDay(): string {
  return pc.dim(new Date().toLocaleTimeString("en-GB"));
}
