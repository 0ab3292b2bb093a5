import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { readRecordPages } from "../../../adapters/kubernetes/remediation/record-pages.ts";
import { createRecordStore } from "../../../adapters/kubernetes/remediation/records.ts";
import type { WakeupMessage } from "../../../events/wakeup.ts";
import type { PassDeps } from "../../../functions/sweep/pass.ts";
import { sweep, type SweepState } from "../../../functions/sweep/sweep.ts";
import type { SweepReport } from "../../../functions/sweep/tally.ts";

const NAMESPACE = "kubemend";

/** Runs the sweep once over a real API server, as of `nowMs`; adds its wake-ups to `wakeups`. */
export function sweepOnce(
  client: KubernetesClient,
  nowMs: number,
  wakeups: WakeupMessage[] = [],
  state: SweepState = {},
): Promise<SweepReport> {
  const deps: PassDeps = {
    client,
    records: createRecordStore({ client, namespace: NAMESPACE }),
    pages: (selection, signal) =>
      readRecordPages({ client, namespace: NAMESPACE }, selection, signal),
    sendWakeup: async (message: WakeupMessage) => void wakeups.push(message),
    now: () => nowMs,
  };
  const run = { deadlineMs: nowMs + 60_000, signal: new AbortController().signal };
  return sweep(deps, state, run);
}
