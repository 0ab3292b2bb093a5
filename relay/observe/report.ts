import type { Logger } from "pino";
import type { PlannedWatch } from "../plan/planned-watch.ts";
import type { ReloadReport } from "../plan/reload.ts";
import { createConfirmationReport, type ConfirmationReport } from "./confirmation-report.ts";
import type { RelayMetrics } from "./metrics.ts";
import { createQueueReport, type QueueReport } from "./queue-report.ts";
import { createWatchReport, type WatchReport } from "./watch-report.ts";

/**
 * Reports to operators: in the metrics each time, in the log when something has changed. Of objects only the identity is reported.
 */
export type Report = WatchReport &
  ConfirmationReport &
  QueueReport & {
    readonly epoch: (epoch: number) => void;
  };

export type ReportDeps = {
  readonly log: Logger;
  readonly metrics: RelayMetrics;
  readonly watches: readonly PlannedWatch[];
  readonly wallMs: () => number;
};

export function createReport(deps: ReportDeps): Report & ReloadReport {
  const { log, metrics } = deps;
  return {
    ...createWatchReport(deps),
    ...createConfirmationReport(deps),
    ...createQueueReport(deps),
    epoch: (epoch) => metrics.epoch.set(epoch),
    reloaded(digest) {
      metrics.reloads.inc({ outcome: "accepted" });
      log.info({ pipeline: digest }, "the pipeline file has changed and is now in use");
    },
    replanned(digest, resources) {
      log.info(
        { pipeline: digest, resources },
        "the cluster now serves these resources of the pipeline: their watches start",
      );
    },
    reloadRefused(message) {
      metrics.reloads.inc({ outcome: "refused" });
      log.error(
        `the changed pipeline file is refused; the previous pipeline stays in use: ${message}`,
      );
    },
  };
}
