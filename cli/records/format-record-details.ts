import type { RecordStep, RemediationRecord } from "../../events/remediation.ts";
import { findDecision } from "../../core/records/decision.ts";
import { toPrintable } from "../../core/text/printable.ts";
import { formatPreview } from "./format-preview.ts";
import { formatRecord, toRecordLine } from "./format-record.ts";

/** A record as in the list, and below it the decision about it, its steps, and what they would do. */
export function formatRecordDetails(record: RemediationRecord, nowMs: number): string {
  const approval = findDecision(record);
  const { steps = [], preview = [] } = record.status ?? {};
  const reason = approval?.reason === undefined ? "" : `: ${approval.reason}`;
  return [
    formatRecord(record, nowMs),
    ...(approval === undefined
      ? []
      : [`  decision: ${toPrintable(`${approval.decision} by ${approval.by}${reason}`)}`]),
    ...(steps.length === 0 ? [] : ["  steps:", ...steps.map((step) => `    ${formatStep(step)}`)]),
    ...(preview.length === 0
      ? []
      : ["  preview:", ...formatPreview(preview).map((line) => `    ${line}`)]),
  ].join("\n");
}

function formatStep({ state, name, code, message }: RecordStep): string {
  const why = [code, message].filter((part) => part !== undefined).join(": ");
  return toPrintable(`${state.padEnd(8)} ${name}${why === "" ? "" : `  ${why}`}`);
}

/** The same for scripts: the steps, and the operations of the plan with each change of a field. */
export function toRecordDetails(record: RemediationRecord): Readonly<Record<string, unknown>> {
  const { status } = record;
  return {
    ...toRecordLine(record),
    steps: status?.steps,
    operations: status?.plan?.operations,
    problem: status?.plan?.problem,
  };
}
