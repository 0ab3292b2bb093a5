/**
 * The whole relay, with a queue that accepts everything at once: its first start, until its checkpoint is the end of the
 * snapshot. BENCH_PIPELINE is its pipeline: objects that only rules watch are journalled, those of an explicit entry are sent.
 */
import { readFileSync } from "node:fs";
import { pino } from "pino";
import { parse } from "yaml";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import { openJournal } from "../../../adapters/journal/open-journal.ts";
import { readClusterUid } from "../../../adapters/kubernetes/api/cluster-uid.ts";
import { createDiscovery } from "../../../adapters/kubernetes/api/discovery.ts";
import { connectKubeConfig } from "../../../adapters/kubernetes/connect/kubeconfig-connection.ts";
import { boundHeap } from "../../../relay/runtime/v8-heap.ts";
import { systemClock } from "../../../relay/runtime/clock.ts";
import { DEFAULTS } from "../../../relay/config.ts";
import { leadAlone } from "../../../relay/handover/leadership.ts";
import { createRelayMetrics } from "../../../relay/observe/metrics.ts";
import { planRelay } from "../../../relay/plan/planned-watch.ts";
import { relay } from "../../../relay/relay.ts";
import { createReport } from "../../../relay/observe/report.ts";
import { createRunState } from "../../../relay/observe/run-state.ts";
import { measure } from "./measure.ts";

const { BENCH_PIPELINE = "", BENCH_STATE_DIR = "", KUBECONFIG } = process.env;
const pipeline = parsePipeline(parse(readFileSync(BENCH_PIPELINE, "utf8")));
if (!pipeline.ok) throw new Error(JSON.stringify(pipeline.error));
const report = measure();
boundHeap();
const client = await connectKubeConfig({ kubeconfig: KUBECONFIG });
const clusterUid = await readClusterUid(client);
const discovery = createDiscovery({ client, now: systemClock.nowMs });
const watches = planRelay(pipeline.value, await discovery.refresh(), clusterUid);
const journal = openJournal({ stateDir: BENCH_STATE_DIR, clusterUid });
const state = createRunState();
const metrics = createRelayMetrics({
  statuses: state.statuses,
  buffered: () => state.buffered(),
  checkpointAgesMs: () => new Map(),
});
const relayReport = createReport({
  log: pino({ enabled: false }),
  metrics,
  watches,
  wallMs: Date.now,
});
const stop = new AbortController();
let listed = 0;
const done = (): boolean =>
  watches.every(({ key }) => (journal.checkpoint(key)?.resourceVersion ?? "") !== "");
const timer = setInterval(() => {
  if (done()) stop.abort();
}, 5);
await relay(
  {
    client,
    clock: systemClock,
    times: DEFAULTS,
    watches,
    journal,
    leadership: leadAlone(journal),
    send: async (entries) => entries.map(() => ({ outcome: "accepted", messageId: "" })),
    state,
    report: {
      ...relayReport,
      step(watch, step) {
        if (step.type === "listed") listed += 1;
        relayReport.step(watch, step);
      },
    },
  },
  stop.signal,
);
clearInterval(timer);
report(listed);
journal.close();
await client.close();
