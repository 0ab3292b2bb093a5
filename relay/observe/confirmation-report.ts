import type { Logger } from "pino";
import type { Change } from "../detect/change.ts";
import type { Confirmation } from "../detect/confirm-deletion.ts";
import type { FailedAttempt } from "../reflector/ask-until-answered.ts";
import { describeInterruption, type NamedWatch } from "./describe-interruption.ts";
import type { RelayMetrics } from "./metrics.ts";

export type ConfirmationReport = {
  /** The cluster has answered what became of an object that its watch no longer shows. */
  readonly confirmed: (watch: NamedWatch, confirmation: Confirmation) => void;
  /** The cluster could not be asked; it will be asked again. */
  readonly unconfirmed: (watch: NamedWatch, change: Change, failed: FailedAttempt) => void;
  /** The API server keeps refusing the question; `certain` is reported instead of an answer. */
  readonly unanswerable: (watch: NamedWatch, certain: Change, failed: FailedAttempt) => void;
};

export function createConfirmationReport(deps: {
  readonly log: Logger;
  readonly metrics: RelayMetrics;
  readonly wallMs: () => number;
}): ConfirmationReport {
  const { log, metrics, wallMs } = deps;
  /** Until when the unanswered questions of a watch count as reported. */
  const unanswered = new Map<string, number>();
  return {
    confirmed(watch, confirmation) {
      metrics.confirmations.inc({ resource: watch.name, outcome: confirmation });
    },
    unconfirmed(watch, change, { ending, reaction, waitMs }) {
      metrics.confirmations.inc({ resource: watch.name, outcome: "unanswered" });
      // Many objects may be asked about at once: one line for each wait.
      const leftMs = (unanswered.get(watch.key) ?? 0) - wallMs();
      if (leftMs > 0 && leftMs <= waitMs) return;
      unanswered.set(watch.key, wallMs() + waitMs);
      const { uid, namespace, name } = change;
      log.warn(
        {
          watch: watch.key,
          namespace,
          name,
          uid,
          cause: reaction.cause,
          retryInMs: Math.round(waitMs),
        },
        `${describeInterruption(watch, ending)}; will ask again whether ${watch.name} ${name} was deleted or only left the selection`,
      );
    },
    unanswerable(watch, { uid, namespace, name, change }, { ending }) {
      metrics.confirmations.inc({ resource: watch.name, outcome: "refused" });
      log.warn(
        { watch: watch.key, namespace, name, uid, change },
        `${describeInterruption(watch, ending)}; will not ask again, and reports ${watch.name} ${name} as ${change}`,
      );
    },
  };
}
