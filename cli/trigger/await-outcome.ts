import type { RemediationRecord } from "../../events/remediation.ts";
import type { RecordStore } from "../../adapters/kubernetes/remediation/records.ts";
import { isEnded } from "../../core/records/phase.ts";
import { toPrintable } from "../../core/text/printable.ts";
import { sleep } from "../../sandbox/host/sleep.ts";

const INTERVAL_MS = 500;

export type AwaitOptions = {
  readonly records: RecordStore;
  readonly name: string;
  readonly timeoutMs: number;
  /** Shows what is awaited. */
  readonly status: (text: string) => void;
};

/**
 * Polls a record until it has ended or waits for approval, or the time is over; resolves with its last state. Undefined if the
 * record does not exist.
 */
export async function awaitOutcome(
  { records, name, timeoutMs, status }: AwaitOptions,
  signal: AbortSignal,
): Promise<RemediationRecord | undefined> {
  const startedMs = performance.now();
  for (;;) {
    const record = await records.read(name);
    const phase = record?.status?.phase ?? "Pending";
    if (isEnded(phase) || phase === "AwaitingApproval") return record;
    const seconds = Math.floor((performance.now() - startedMs) / 1000);
    const what = record === undefined ? "waiting for remediate" : describePhase(record);
    status(toPrintable(`${name}: ${what} (${seconds} s)`));
    if (performance.now() - startedMs >= timeoutMs || signal.aborted) return record;
    await sleep(INTERVAL_MS, signal);
  }
}

function describePhase({ status }: RemediationRecord): string {
  const { phase = "Pending", message } = status ?? {};
  return message === undefined ? phase : `${phase}, ${message}`;
}
