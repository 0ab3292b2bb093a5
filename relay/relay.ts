import type { Journal } from "../adapters/journal/journal.ts";
import type { ChangeBuffer } from "./delivery/buffer.ts";
import { Delivery } from "./delivery/delivery.ts";
import { Publisher } from "./delivery/publisher.ts";
import type { EpochRenewal } from "./delivery/render-message.ts";
import type { Leadership } from "./handover/leadership.ts";
import { fenceSends, type Send } from "./lease/fence.ts";
import { NAMESPACES_WATCH, NamespaceDirectory } from "./namespaces/directory.ts";
import type { Report } from "./observe/report.ts";
import { nextStatus, STARTING, type WatchStatus } from "./observe/watch-status.ts";
import type { PlannedWatch } from "./plan/planned-watch.ts";
import type { WatchStep } from "./reflector/step.ts";
import type { WatchDeps } from "./reflector/target.ts";
import { runWatch } from "./run-watch.ts";
import { runTogether } from "./runtime/run-together.ts";

export type RelayDeps = WatchDeps & {
  readonly watches: readonly PlannedWatch[];
  readonly journal: Journal;
  readonly buffer: ChangeBuffer;
  readonly leadership: Leadership;
  readonly renewEpoch: EpochRenewal;
  readonly send: Send;
  /** The state of each watch; kept up to date here. */
  readonly statuses: Map<string, WatchStatus>;
  /** When each checkpoint last moved, on the monotonic clock; kept up to date here. */
  readonly checkpointMovedAtMs: Map<string, number>;
  readonly report: Report;
};

/**
 * The flow: each watch is read and compared with the journal, its changes go through one buffer to the queue, and the journal records
 * what the queue has accepted. A standby does the same up to the queue, and publishes what is in its buffer when it takes over.
 * Runs until it is stopped; then finishes what is in flight and saves. Ends by itself if everything must begin from the journal
 * again: when the Lease is lost, and when what a standby has read is of no use.
 * Throws `StateFolder` if the journal cannot be written, and `Forbidden` if no watch at all may be read.
 */
export async function relay(deps: RelayDeps, signal: AbortSignal): Promise<void> {
  const { leadership } = deps;
  const restart = new AbortController();
  const stopped = AbortSignal.any([signal, restart.signal]);
  const raiseEpoch = (stop: AbortSignal): Promise<void> => raiseEpochIfLeader(deps, stop);
  const delivery = createDelivery(deps);
  leadership.publish(() => delivery.checkpoints());
  const publisher = new Publisher({
    ...deps,
    delivery,
    send: fenceSends(leadership, (stop) => delivery.announce(stop), reportSends(deps)),
    backoff: { minMs: deps.times.backoffMinMs, maxMs: deps.times.backoffMaxMs },
  });

  const isLeader = leadership.term() !== undefined;
  if (isLeader) {
    restartWhenTermEnds(leadership, restart);
    delivery.beginTerm();
    // Before anything is read: messages carry the epoch of the moment at which they are rendered.
    await raiseEpoch(stopped);
  }
  const publish = async (stop: AbortSignal): Promise<void> => {
    if (!isLeader) {
      const outcome = await delivery.standBy(stop);
      restartWhenTermEnds(leadership, restart);
      if (outcome === "restart") restart.abort();
      if (stopped.aborted) return;
      await raiseEpoch(stopped);
      delivery.lead(deps.journal.epoch());
    }
    await publisher.run(stop);
  };
  const commit = (stop: AbortSignal): Promise<void> => delivery.commitAccepted(stop);
  await runTogether([publish, commit, ...readWatches({ ...deps, delivery, raiseEpoch })], stopped);
  delivery.save();
}

function createDelivery(deps: RelayDeps): Delivery {
  return new Delivery({
    ...deps,
    watches: deps.watches.map(({ tracked }) => tracked),
    checkpointMoved: (watch) => deps.checkpointMovedAtMs.set(watch, deps.clock.nowMs()),
  });
}

/** A standby publishes nothing, and takes over with a new epoch. */
async function raiseEpochIfLeader(deps: RelayDeps, signal: AbortSignal): Promise<void> {
  if (deps.leadership.term() === undefined) return;
  await deps.leadership.raiseEpoch(signal);
  deps.report.epoch(deps.journal.epoch());
}

/** Also if the term is over already. */
function restartWhenTermEnds(leadership: Leadership, restart: AbortController): void {
  const term = leadership.term();
  if (term === undefined || term.ended.aborted) restart.abort();
  else term.ended.addEventListener("abort", () => restart.abort(), { once: true });
}

function reportSends({ send, report }: RelayDeps): Send {
  return async (entries, signal) => {
    const outcomes = await send(entries, signal);
    report.sent(outcomes);
    return outcomes;
  };
}

function readWatches(
  deps: RelayDeps & {
    readonly delivery: Delivery;
    readonly raiseEpoch: (signal: AbortSignal) => Promise<void>;
  },
): readonly ((stop: AbortSignal) => Promise<void>)[] {
  const directory = new NamespaceDirectory();
  const reading = deps.watches.map(
    (watch) => (stop: AbortSignal) => runWatch({ ...deps, directory }, watch, stop),
  );
  if (deps.watches.every(({ namespaceSelector }) => namespaceSelector === undefined)) {
    return reading;
  }
  const stepped = reportNamespaces(deps);
  return [...reading, (stop) => directory.run({ ...deps, stepped }, stop)];
}

/** The watch of namespaces is reported like the others. */
function reportNamespaces(deps: RelayDeps): (step: WatchStep) => void {
  const { key } = NAMESPACES_WATCH;
  deps.statuses.set(key, STARTING);
  return (step) => {
    deps.report.step(NAMESPACES_WATCH, step);
    deps.statuses.set(key, nextStatus(deps.statuses.get(key) ?? STARTING, step));
  };
}
