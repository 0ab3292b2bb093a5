import type { Journal } from "../adapters/journal/journal.ts";
import { createDelivery } from "./delivery/create-delivery.ts";
import type { Delivery } from "./delivery/delivery.ts";
import { fenceSends, type Send } from "./delivery/fence-sends.ts";
import { Publisher } from "./delivery/publisher.ts";
import {
  createFieldDigester,
  readComparisonKey,
  type FieldDigester,
} from "./detect/digest-fields.ts";
import type { Leadership } from "./handover/leadership.ts";
import { Predecessor } from "./handover/predecessor.ts";
import { NAMESPACES_WATCH, NamespaceDirectory } from "./namespaces/directory.ts";
import type { Report } from "./observe/report.ts";
import type { RunState } from "./observe/run-state.ts";
import { nextStatus, STARTING } from "./observe/watch-status.ts";
import type { PlannedWatch } from "./plan/planned-watch.ts";
import type { RunningWatch } from "./process-step.ts";
import type { WatchStep } from "./reflector/step.ts";
import type { WatchDeps } from "./reflector/target.ts";
import { runWatch } from "./run-watch.ts";
import { runTogether } from "./runtime/run-together.ts";

export type RelayDeps = WatchDeps & {
  readonly watches: readonly PlannedWatch[];
  readonly journal: Journal;
  readonly leadership: Leadership;
  readonly send: Send;
  readonly state: RunState;
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
  const { journal, leadership, state } = deps;
  const restart = new AbortController();
  const stopped = AbortSignal.any([signal, restart.signal]);
  const raiseEpoch = (stop: AbortSignal): Promise<void> => raiseEpochIfLeader(deps, stop);
  const watches = deps.watches.map((watch) => {
    const digester = createWatchDigester(journal, watch.tracked);
    return { ...watch, digester, predecessor: new Predecessor(journal, watch.key) };
  });
  const checkpointMoved = (watch: string): void =>
    void state.checkpointMovedAtMs.set(watch, deps.clock.nowMs());
  const delivery = createDelivery({ ...deps, watches, checkpointMoved });
  state.buffered = () => delivery.size();
  leadership.publish(() => delivery.checkpoints());
  const publisher = createPublisher(deps, delivery);

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
      delivery.lead(journal.epoch());
    }
    await publisher.run(stop);
  };
  const commit = (stop: AbortSignal): Promise<void> => delivery.commitAccepted(stop);
  const reading = readWatches({ ...deps, watches, delivery, raiseEpoch });
  await runTogether([publish, commit, ...reading], stopped);
  delivery.save();
}

/** A key is made only if a rule compares fields. */
function createWatchDigester(
  journal: Journal,
  { compared = [] }: PlannedWatch["tracked"],
): FieldDigester | undefined {
  if (compared.length === 0) return undefined;
  return createFieldDigester(readComparisonKey(journal), compared);
}

function createPublisher(deps: RelayDeps, delivery: Delivery): Publisher {
  const { clock, leadership, times } = deps;
  const announce = (stop: AbortSignal): Promise<void> => delivery.announce(stop);
  const send = fenceSends(leadership, announce, reportSends(deps));
  const backoff = { minMs: times.backoffMinMs, maxMs: times.backoffMaxMs };
  return new Publisher({ delivery, clock, send, backoff });
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
  deps: Omit<RelayDeps, "watches"> & {
    readonly watches: readonly RunningWatch[];
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
function reportNamespaces({
  report,
  state,
}: Pick<RelayDeps, "report" | "state">): (step: WatchStep) => void {
  const { key } = NAMESPACES_WATCH;
  const { statuses } = state;
  statuses.set(key, STARTING);
  return (step) => {
    report.step(NAMESPACES_WATCH, step);
    statuses.set(key, nextStatus(statuses.get(key) ?? STARTING, step));
  };
}
