import type { Logger } from "pino";
import type { KubemendError } from "../../core/errors.ts";
import { toResourceName } from "../../core/references/resource-name.ts";
import type { SqsEntryOutcome } from "../../adapters/sqs/send-batch.ts";
import type { DeliveryReport } from "../delivery/delivery.ts";
import type { Entry } from "../delivery/entry.ts";
import type { Change } from "../detect/change.ts";
import type { Confirmation } from "../detect/confirm-deletion.ts";
import { describeInterruption, type NamedWatch } from "./describe-interruption.ts";
import type { RelayMetrics } from "./metrics.ts";
import type { PlannedWatch } from "../plan/planned-watch.ts";
import type { ReloadReport } from "../plan/reload.ts";
import type { Ending } from "../reflector/ending.ts";
import type { WatchStep } from "../reflector/step.ts";
import type { WatchTarget } from "../reflector/target.ts";

/**
 * Reports to operators: in the metrics each time, in the log when something has changed. Of objects only the identity is reported.
 */
export type Report = DeliveryReport & {
  readonly epoch: (epoch: number) => void;
  readonly step: (watch: NamedWatch, step: WatchStep) => void;
  /** A snapshot has older states than were delivered: etcd was restored from a backup, and these states are sent again. */
  readonly rolledBack: (watch: PlannedWatch) => void;
  /** At a takeover: what the previous leader published and was deleted since can no longer be found. */
  readonly handoverGap: (watch: PlannedWatch, ending: Ending) => void;
  /** The cluster has answered what became of an object that its watch no longer shows. */
  readonly confirmed: (watch: PlannedWatch, confirmation: Confirmation) => void;
  /** The cluster could not be asked; it will be asked again. */
  readonly unconfirmed: (
    watch: PlannedWatch,
    change: Change,
    error: KubemendError,
    waitMs: number,
  ) => void;
  /** A namespace that entered a selection could not be read; it will be read again. */
  readonly namespaceUnread: (target: WatchTarget, ending: Ending, waitMs: number) => void;
  /** One request to the queue has ended. */
  readonly sent: (outcomes: readonly SqsEntryOutcome[]) => void;
};

type Interrupted = Extract<WatchStep, { type: "interrupted" }>;

export function createReport(deps: {
  readonly log: Logger;
  readonly metrics: RelayMetrics;
  readonly watches: readonly PlannedWatch[];
  readonly wallMs: () => number;
}): Report & ReloadReport {
  const { log, metrics } = deps;
  const resources = new Map(deps.watches.map(({ key, name }) => [key, name]));
  const resourceOf = (entry: Entry): string => resources.get(entry.watch) ?? "";
  const lastCauses = new Map<string, string>();
  let queueFailure = "";
  /** Until when the unanswered questions of a watch count as reported. */
  const unanswered = new Map<string, number>();

  const interrupted = (watch: NamedWatch, step: Interrupted): void => {
    const { cause, fallBack } = step.reaction;
    metrics.interruptions.inc({ resource: watch.name, cause });
    if (fallBack) metrics.fallbacks.inc({ resource: watch.name });
    if (cause === "closed" || lastCauses.get(watch.key) === cause) return;
    lastCauses.set(watch.key, cause);
    const level = cause === "forbidden" || cause === "refused" ? "error" : "warn";
    log[level](
      { watch: watch.key, resource: watch.name, cause, retryInMs: Math.round(step.waitMs) },
      describeInterruption(watch, step.ending),
    );
  };
  const recovered = (watch: NamedWatch): void => {
    if (!lastCauses.delete(watch.key)) return;
    log.info({ watch: watch.key, resource: watch.name }, "the watch works again");
  };

  return {
    epoch: (epoch) => metrics.epoch.set(epoch),
    reloaded(digest) {
      metrics.reloads.inc({ outcome: "accepted" });
      log.info({ pipeline: digest }, "the pipeline file has changed and is now in use");
    },
    reloadRefused(message) {
      metrics.reloads.inc({ outcome: "refused" });
      log.error(
        `the changed pipeline file is refused; the previous pipeline stays in use: ${message}`,
      );
    },
    step(watch, step) {
      if (step.type === "interrupted") interrupted(watch, step);
      else if (step.type === "snapshotStarted") {
        const { cause, mode } = step;
        metrics.snapshots.inc({ resource: watch.name, cause, mode });
        log.info({ watch: watch.key, resource: watch.name, cause, mode }, "snapshot started");
      } else if (step.type === "snapshotEnded" || step.type === "resumed") {
        const { type, resourceVersion } = step;
        const text = type === "resumed" ? "watch resumed" : "snapshot complete";
        log.info({ watch: watch.key, resource: watch.name, resourceVersion }, text);
        recovered(watch);
      }
    },
    rolledBack(watch) {
      metrics.interruptions.inc({ resource: watch.name, cause: "rollback" });
      log.warn(
        { watch: watch.key, resource: watch.name },
        "etcd rollback: objects are older than the states that were sent; these objects are sent again",
      );
    },
    handoverGap(watch, ending) {
      metrics.handoverGaps.inc({ resource: watch.name });
      log.warn(
        { watch: watch.key, resource: watch.name },
        `${describeInterruption(watch, ending)}; objects published by the previous leader and deleted during the handover may never be reported as deleted`,
      );
    },
    confirmed(watch, confirmation) {
      metrics.confirmations.inc({ resource: watch.name, outcome: confirmation });
    },
    unconfirmed(watch, change, error, waitMs) {
      metrics.confirmations.inc({ resource: watch.name, outcome: "unanswered" });
      // Many objects may be asked about at once: one line for each wait.
      const leftMs = (unanswered.get(watch.key) ?? 0) - deps.wallMs();
      if (leftMs > 0 && leftMs <= waitMs) return;
      unanswered.set(watch.key, deps.wallMs() + waitMs);
      const { uid, namespace, name } = change;
      log.warn(
        { watch: watch.key, namespace, name, uid, code: error.code, retryInMs: Math.round(waitMs) },
        `${error.message}; will ask again whether ${watch.name} ${name} was deleted or only left the selection`,
      );
    },
    namespaceUnread(target, ending, waitMs) {
      const name = toResourceName(target.resource);
      const { namespace } = target;
      log.warn(
        { resource: name, namespace, retryInMs: Math.round(waitMs) },
        describeInterruption({ key: name, name, target }, ending),
      );
    },
    sent(outcomes) {
      const accepted = outcomes.filter(({ outcome }) => outcome === "accepted").length;
      const outcome =
        accepted === outcomes.length ? "accepted" : accepted === 0 ? "refused" : "partly";
      metrics.queueRequests.inc({ outcome });
    },
    accepted(entries) {
      const nowMs = deps.wallMs();
      for (const entry of entries) {
        const resource = resourceOf(entry);
        metrics.changes.inc({ resource, change: entry.change });
        if (entry.gap) metrics.gaps.inc({ resource });
        metrics.lagSeconds.observe(Math.max(0, nowMs - entry.readAtMs) / 1000);
      }
      if (queueFailure !== "") log.info("the queue accepts messages again");
      queueFailure = "";
    },
    refused(entries, error) {
      metrics.queueRefusals.inc({ code: error.code }, entries.length);
      if (queueFailure === error.code) return;
      queueFailure = error.code;
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

function toIdentity({ watch, namespace, name, uid, change, resourceVersion }: Entry): object {
  return { watch, namespace, name, uid, change, resourceVersion };
}
