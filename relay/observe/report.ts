import type { Logger } from "pino";
import { describeError, type KubemendError } from "../../core/errors.ts";
import { toResourceName } from "../../core/references/resource-name.ts";
import type { SqsEntryOutcome } from "../../adapters/sqs/send-batch.ts";
import type { Change, Entry } from "../detect/change.ts";
import type { Confirmation } from "../detect/confirm-deletion.ts";
import type { RelayMetrics } from "./metrics.ts";
import type { PlannedWatch } from "../plan/planned-watch.ts";
import type { PublisherEvents } from "../delivery/publisher.ts";
import { describeAnswer } from "../reflector/answer.ts";
import type { Ending } from "../reflector/ending.ts";
import type { WatchStep } from "../reflector/step.ts";
import type { WatchTarget } from "../reflector/target.ts";

/** Tells operators what goes on: in metrics each time, in the log where it is news. Objects are told by identity only. */
export type Report = Pick<PublisherEvents, "accepted" | "refused" | "unsendable"> & {
  readonly epoch: (epoch: number) => void;
  readonly step: (watch: NamedWatch, step: WatchStep) => void;
  /** A snapshot has older states than were delivered: etcd was put back, and these are told again. */
  readonly rolledBack: (watch: PlannedWatch) => void;
  /** At a take-over: what the relay before has sent, and is gone since, can no longer be asked for. */
  readonly handoverGap: (watch: PlannedWatch, ending: Ending) => void;
  /** The cluster has told what became of an object that its watch no longer shows. */
  readonly confirmed: (watch: PlannedWatch, confirmation: Confirmation) => void;
  /** It could not be asked; it is asked again. */
  readonly unconfirmed: (
    watch: PlannedWatch,
    change: Change,
    error: KubemendError,
    waitMs: number,
  ) => void;
  /** A namespace that entered a selection could not be read; it is read again. */
  readonly namespaceUnread: (target: WatchTarget, ending: Ending, waitMs: number) => void;
  /** One request to the queue has ended. */
  readonly sent: (outcomes: readonly SqsEntryOutcome[]) => void;
};

export type ReloadReport = {
  /** Another pipeline is relayed from here on. */
  readonly reloaded: (digest: string) => void;
  /** The pipeline file has changed, and cannot be used: the old one goes on. */
  readonly reloadRefused: (message: string) => void;
};

/** A watch, as it is told of. */
export type NamedWatch = Pick<PlannedWatch, "key" | "name" | "target">;

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
  const troubles = new Map<string, string>();
  let queueTrouble = "";
  /** Until when a watch's unanswered questions have been told of. */
  const unanswered = new Map<string, number>();

  const interrupted = (watch: NamedWatch, step: Interrupted): void => {
    const { cause, fallBack } = step.reaction;
    metrics.interruptions.inc({ resource: watch.name, cause });
    if (fallBack) metrics.fallbacks.inc({ resource: watch.name });
    if (cause === "closed" || troubles.get(watch.key) === cause) return;
    troubles.set(watch.key, cause);
    const level = cause === "forbidden" || cause === "refused" ? "error" : "warn";
    log[level](
      { watch: watch.key, resource: watch.name, cause, retryInMs: Math.round(step.waitMs) },
      describeInterruption(watch, step.ending),
    );
  };
  const recovered = (watch: NamedWatch): void => {
    if (!troubles.delete(watch.key)) return;
    log.info({ watch: watch.key, resource: watch.name }, "the watch works again");
  };

  return {
    epoch: (epoch) => metrics.epoch.set(epoch),
    reloaded(digest) {
      metrics.reloads.inc({ outcome: "accepted" });
      log.info({ pipeline: digest }, "the pipeline file has changed and is used");
    },
    reloadRefused(message) {
      metrics.reloads.inc({ outcome: "refused" });
      log.error(`the changed pipeline file is refused, the old one is used: ${message}`);
    },
    step(watch, step) {
      if (step.type === "interrupted") interrupted(watch, step);
      else if (step.type === "snapshotStarted") {
        const { cause, mode } = step;
        metrics.snapshots.inc({ resource: watch.name, cause, mode });
        log.info({ watch: watch.key, resource: watch.name, cause, mode }, "snapshot begun");
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
        "the cluster's history went back: objects are older than they were; these are sent again",
      );
    },
    handoverGap(watch, ending) {
      metrics.handoverGap.inc({ resource: watch.name });
      log.warn(
        { watch: watch.key, resource: watch.name },
        `${describeInterruption(watch, ending)}; what the relay before has sent, and was deleted before this one saw it, is not told`,
      );
    },
    confirmed(watch, confirmation) {
      metrics.confirmations.inc({ resource: watch.name, outcome: confirmation });
    },
    unconfirmed(watch, change, error, waitMs) {
      metrics.confirmations.inc({ resource: watch.name, outcome: "unanswered" });
      // Many objects may be asked about at once: one line for each time that they wait.
      const leftMs = (unanswered.get(watch.key) ?? 0) - deps.wallMs();
      if (leftMs > 0 && leftMs <= waitMs) return;
      unanswered.set(watch.key, deps.wallMs() + waitMs);
      const { uid, namespace, name } = change;
      log.warn(
        { watch: watch.key, namespace, name, uid, code: error.code, retryInMs: Math.round(waitMs) },
        `${error.message}; whether ${watch.name} ${name} was deleted or only left the selection is asked again`,
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
    accepted(tickets) {
      const nowMs = deps.wallMs();
      for (const { entry } of tickets) {
        const resource = resourceOf(entry);
        metrics.changes.inc({ resource, change: entry.change });
        if (entry.gap) metrics.gaps.inc({ resource });
        metrics.lagSeconds.observe(Math.max(0, nowMs - entry.readAtMs) / 1000);
      }
      if (queueTrouble !== "") log.info("the queue takes messages again");
      queueTrouble = "";
    },
    refused(entries, error) {
      metrics.queueRefusals.inc({ code: error.code }, entries.length);
      if (queueTrouble === error.code) return;
      queueTrouble = error.code;
      log.warn(
        { code: error.code, entries: entries.map(toIdentity) },
        `${error.message}; tried again until it works`,
      );
    },
    unsendable(entry, error, outcome) {
      metrics.unsendable.inc({ resource: resourceOf(entry), outcome });
      log.error(
        { ...toIdentity(entry), code: error.code, outcome },
        outcome === "truncated"
          ? `${error.message}; sent as identity only`
          : `${error.message}; given up, even without its object`,
      );
    },
  };
}

function toIdentity({ watch, namespace, name, uid, change, resourceVersion }: Entry): object {
  return { watch, namespace, name, uid, change, resourceVersion };
}

/** What happened, and the way out where there is one. */
export function describeInterruption(watch: NamedWatch, ending: Ending): string {
  switch (ending.type) {
    case "answered":
      return describeStatus(watch, ending);
    case "unreachable":
      return describeError(ending.error);
    case "silent":
      return `the watch of ${watch.name} brought neither event nor bookmark in time`;
    case "noEndBookmark":
      return `the snapshot of ${watch.name} did not end in time: LIST and WATCH are used for a while`;
    case "unreadable":
      return `the watch of ${watch.name} brought ${ending.reason}`;
    case "rolledBack":
      return `the cluster's history went back: its resourceVersion is ${ending.current}, ${ending.seen} was seen; all objects are sent again`;
    case "unordered":
      return `resourceVersions of ${watch.name} have no order: a snapshot is taken instead of resuming`;
    case "closed":
    case "stopped":
      return `the watch of ${watch.name} ended`;
  }
}

function describeStatus(
  watch: NamedWatch,
  { status, verb, body }: Extract<Ending, { type: "answered" }>,
): string {
  const { resource, namespace } = watch.target;
  const where = namespace === null ? "" : ` in namespace ${namespace}`;
  const said = describeAnswer(body);
  const answered = `${verb} ${watch.name}${where}: the API server answered ${status}${said === "" ? "" : `: ${said}`}`;
  if (status === 403) {
    const rule = `{apiGroups: ["${resource.group}"], resources: ["${resource.resource}"], verbs: ["list", "watch"]}`;
    const owner = namespace === null ? "ClusterRole" : `Role${where}`;
    return `${answered} (add ${rule} to the relay's ${owner})`;
  }
  if (status === 404) return `${answered} (the cluster does not serve it now; asked again)`;
  return answered;
}
