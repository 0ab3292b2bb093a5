import type { Logger } from "pino";
import type { SqsEntryOutcome } from "../../adapters/sqs/send-batch.ts";
import type { DeliveryReport } from "../delivery/delivery.ts";
import type { Entry } from "../delivery/entry.ts";
import type { PlannedWatch } from "../plan/planned-watch.ts";
import type { RelayMetrics } from "./metrics.ts";

export type QueueReport = DeliveryReport & {
  /** One request to the queue has ended. */
  readonly sent: (outcomes: readonly SqsEntryOutcome[]) => void;
};

export function createQueueReport(deps: {
  readonly log: Logger;
  readonly metrics: RelayMetrics;
  readonly watches: readonly PlannedWatch[];
  readonly wallMs: () => number;
}): QueueReport {
  const { log, metrics, wallMs } = deps;
  const resources = new Map(deps.watches.map(({ key, name }) => [key, name]));
  const resourceOf = (entry: Entry): string => resources.get(entry.watch) ?? "";
  /** The code of the last refusal; "" if the queue accepts messages. */
  let failure = "";
  return {
    sent: (outcomes) => metrics.queueRequests.inc({ outcome: toOutcome(outcomes) }),
    accepted(entries) {
      const nowMs = wallMs();
      for (const entry of entries) {
        const resource = resourceOf(entry);
        metrics.changes.inc({ resource, change: entry.change });
        if (entry.gap) metrics.gaps.inc({ resource });
        metrics.lagSeconds.observe(Math.max(0, nowMs - entry.readAtMs) / 1000);
      }
      if (failure !== "") log.info("the queue accepts messages again");
      failure = "";
    },
    refused(entries, error) {
      metrics.queueRefusals.inc({ code: error.code }, entries.length);
      if (failure === error.code) return;
      failure = error.code;
      log.warn(
        { code: error.code, entries: entries.map(toIdentity) },
        `${error.message}; will be retried until it succeeds`,
      );
    },
    unsendable(entry, error, outcome) {
      metrics.unsendable.inc({ resource: resourceOf(entry), outcome });
      log.error(
        { ...toIdentity(entry), code: error.code, outcome },
        outcome === "truncated"
          ? `${error.message}; sent without the object`
          : `${error.message}; given up, even without its object`,
      );
    },
  };
}

function toOutcome(outcomes: readonly SqsEntryOutcome[]): "accepted" | "partly" | "refused" {
  const accepted = outcomes.filter(({ outcome }) => outcome === "accepted").length;
  if (accepted === outcomes.length) return "accepted";
  return accepted === 0 ? "refused" : "partly";
}

function toIdentity({ watch, namespace, name, uid, change, resourceVersion }: Entry): object {
  return { watch, namespace, name, uid, change, resourceVersion };
}
