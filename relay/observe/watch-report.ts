import type { Logger } from "pino";
import { toResourceName } from "../../core/references/resource-name.ts";
import type { Ending } from "../reflector/ending.ts";
import type { WatchStep } from "../reflector/step.ts";
import type { WatchTarget } from "../reflector/target.ts";
import { describeInterruption, type NamedWatch } from "./describe-interruption.ts";
import type { RelayMetrics } from "./metrics.ts";

export type WatchReport = {
  readonly step: (watch: NamedWatch, step: WatchStep) => void;
  /** A snapshot has older states than were delivered: etcd was restored from a backup, and these states are sent again. */
  readonly rolledBack: (watch: NamedWatch) => void;
  /** At a takeover: what the previous leader published and was deleted since can no longer be found. */
  readonly handoverGap: (watch: NamedWatch, ending: Ending) => void;
  /** A namespace that entered a selection could not be read; it will be read again. */
  readonly namespaceUnread: (target: WatchTarget, ending: Ending, waitMs: number) => void;
};

type Interrupted = Extract<WatchStep, { type: "interrupted" }>;

export function createWatchReport(deps: {
  readonly log: Logger;
  readonly metrics: RelayMetrics;
}): WatchReport {
  const { log, metrics } = deps;
  const reportStep = createStepReport(deps);
  return {
    step: reportStep,
    rolledBack({ key, name }) {
      metrics.interruptions.inc({ resource: name, cause: "rollback" });
      log.warn(
        { watch: key, resource: name },
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
    namespaceUnread(target, ending, waitMs) {
      const name = toResourceName(target.resource);
      const { namespace } = target;
      log.warn(
        { resource: name, namespace, retryInMs: Math.round(waitMs) },
        describeInterruption({ key: name, name, target }, ending),
      );
    },
  };
}

/** A cause that repeats is logged once, until the watch works again. */
function createStepReport(deps: {
  readonly log: Logger;
  readonly metrics: RelayMetrics;
}): WatchReport["step"] {
  const { log, metrics } = deps;
  const lastCauses = new Map<string, string>();
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
  return (watch, step) => {
    const { key, name } = watch;
    if (step.type === "interrupted") interrupted(watch, step);
    else if (step.type === "snapshotStarted") {
      const { cause, mode } = step;
      metrics.snapshots.inc({ resource: name, cause, mode });
      log.info({ watch: key, resource: name, cause, mode }, "snapshot started");
    } else if (step.type === "snapshotEnded" || step.type === "resumed") {
      const { type, resourceVersion } = step;
      const text = type === "resumed" ? "watch resumed" : "snapshot complete";
      log.info({ watch: key, resource: name, resourceVersion }, text);
      if (lastCauses.delete(key)) log.info({ watch: key, resource: name }, "the watch works again");
    }
  };
}
