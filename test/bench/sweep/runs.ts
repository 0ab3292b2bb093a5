import { connectLean } from "../../../adapters/kubernetes/connect/lean-connection.ts";
import { readRecordPages } from "../../../adapters/kubernetes/remediation/record-pages.ts";
import { createRecordStore } from "../../../adapters/kubernetes/remediation/records.ts";
import { sweep, type SweepState } from "../../../functions/sweep/sweep.ts";

/* Runs the sweep as its function does, once per message of the parent process, and reports its result, duration and memory. */
const kubeconfig = process.argv[2] ?? "";
const startMs = Number(process.argv[3]);
const namespace = "kubemend";
const client = await connectLean({ kubeconfig });
const state: SweepState = {};
const bootMs = performance.now();
let run = 0;
let wakeups = 0;

process.on("message", () => void sweepOnce());
process.on("disconnect", () => process.exit(0));
process.send?.({ ready: true });

async function sweepOnce(): Promise<void> {
  const offsetMs = run * 60_000;
  const beganMs = performance.now();
  // For the sweep, each run is a minute after the previous one.
  const now = (): number => startMs + offsetMs + (performance.now() - beganMs);
  run += 1;
  wakeups = 0;
  const deps = {
    client,
    records: createRecordStore({ client, namespace }),
    pages: (...args: Parameters<typeof pagesOf>) => pagesOf(...args),
    sendWakeup: async () => void (wakeups += 1),
    now,
  };
  const options = { deadlineMs: now() + 52_000, signal: AbortSignal.timeout(57_000) };
  const report = await sweep(deps, state, options);
  process.send?.({
    report,
    wakeups,
    ms: performance.now() - beganMs,
    rssMb: process.resourceUsage().maxRSS / 1024,
    upMs: performance.now() - bootMs,
  });
}

function pagesOf(
  selection: Parameters<typeof readRecordPages>[1],
  signal: AbortSignal,
): ReturnType<typeof readRecordPages> {
  return readRecordPages({ client, namespace }, selection, signal);
}
