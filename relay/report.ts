import type { Logger } from "pino";
import { describeError, type KubemendError } from "../core/errors.ts";
import type { SqsEntryOutcome } from "../adapters/sqs/send-batch.ts";
import type { Ticket } from "./buffer.ts";
import type { Entry } from "./change.ts";
import type { RelayMetrics } from "./metrics.ts";
import type { PlannedWatch } from "./planned-watch.ts";
import { describeAnswer } from "./watch/answer.ts";
import type { Ending } from "./watch/ending.ts";
import type { WatchStep } from "./watch/step.ts";

/** Tells operators what goes on: in metrics each time, in the log where it is news. Objects are told by identity only. */
export type Report = {
  readonly epoch: (epoch: number) => void;
  readonly step: (watch: PlannedWatch, step: WatchStep) => void;
  /** One request to the queue has ended. */
  readonly sent: (outcomes: readonly SqsEntryOutcome[]) => void;
  readonly accepted: (tickets: readonly Ticket[]) => void;
  readonly refused: (entries: readonly Entry[], error: KubemendError) => void;
  readonly unsendable: (
    entry: Entry,
    error: KubemendError,
    outcome: "truncated" | "given up",
  ) => void;
};

type Interrupted = Extract<WatchStep, { type: "interrupted" }>;

export function createReport(deps: {
  readonly log: Logger;
  readonly metrics: RelayMetrics;
  readonly watches: readonly PlannedWatch[];
  readonly wallMs: () => number;
}): Report {
  const { log, metrics } = deps;
  const resources = new Map(deps.watches.map(({ key, name }) => [key, name]));
  const resourceOf = (entry: Entry): string => resources.get(entry.watch) ?? "";
  const troubles = new Map<string, string>();
  let queueTrouble = "";

  const interrupted = (watch: PlannedWatch, step: Interrupted): void => {
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
  const recovered = (watch: PlannedWatch): void => {
    if (!troubles.delete(watch.key)) return;
    log.info({ watch: watch.key, resource: watch.name }, "the watch works again");
  };

  return {
    epoch: (epoch) => metrics.epoch.set(epoch),
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
export function describeInterruption(watch: PlannedWatch, ending: Ending): string {
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
    case "wentBack":
      return `the cluster's history went back: its resourceVersion is ${ending.current}, ${ending.seen} was seen; all objects are sent again`;
    case "unordered":
      return `resourceVersions of ${watch.name} have no order: a snapshot is taken instead of resuming`;
    case "closed":
    case "stopped":
      return `the watch of ${watch.name} ended`;
  }
}

function describeStatus(
  watch: PlannedWatch,
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
