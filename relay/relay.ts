import type { Journal } from "../adapters/journal/journal.ts";
import type { ChangeBuffer } from "./delivery/buffer.ts";
import { createCommitter } from "./delivery/group-commit.ts";
import { follow } from "./run-watch.ts";
import { WatchLedger } from "./delivery/watch-ledger.ts";
import type { Leadership, Term } from "./handover/leadership.ts";
import { fenceSends } from "./lease/fence.ts";
import { UncheckpointedAdds } from "./handover/uncheckpointed-adds.ts";
import type { LeaseCheckpoint } from "./handover/annotations.ts";
import { createShadow } from "./delivery/standby.ts";
import { NAMESPACES_WATCH, NamespaceDirectory } from "./namespaces/directory.ts";
import type { PlannedWatch } from "./plan/planned-watch.ts";
import { createPublisher, type PublisherDeps } from "./delivery/publisher.ts";
import type { EpochRenewal } from "./delivery/render-message.ts";
import type { Report } from "./observe/report.ts";
import { runTogether } from "./runtime/run-together.ts";
import { nextStatus, STARTING, type WatchStatus } from "./observe/watch-status.ts";
import type { WatchStep } from "./reflector/step.ts";
import type { WatchDeps } from "./reflector/target.ts";

export type RelayDeps = WatchDeps & {
  readonly watches: readonly PlannedWatch[];
  readonly journal: Journal;
  readonly buffer: ChangeBuffer;
  readonly leadership: Leadership;
  /** Puts the epoch of now into a message that was made before. */
  readonly renewEpoch: EpochRenewal;
  readonly send: PublisherDeps["send"];
  /** How each watch is doing; kept up to date here. */
  readonly statuses: Map<string, WatchStatus>;
  /** When each checkpoint moved last, on the monotonic clock; kept up to date here. */
  readonly checkpointMovedAtMs: Map<string, number>;
  readonly report: Report;
};

/**
 * The flow: each watch is read and compared with the journal, what is news goes through one buffer to the queue, and what
 * the queue has accepted is journalled. Runs until it is stopped; then finishes what is in flight and saves.
 * While another relay is active the buffer is its shadow, and is sent when this one takes over. Ends by itself where all must
 * begin anew from the journal: when the Lease is lost, and where a shadow is of no use.
 * Throws `StateFolder` where the journal cannot be written, and `Forbidden` where no watch at all may be read.
 */
export async function relay(deps: RelayDeps, signal: AbortSignal): Promise<void> {
  const { leadership, journal } = deps;
  const over = new AbortController();
  const stopped = AbortSignal.any([signal, over.signal]);
  const raiseEpoch = async (stop: AbortSignal): Promise<void> => {
    // Who stands by sends nothing, and takes over with a new epoch.
    if (leadership.term() === undefined) return;
    await leadership.raiseEpoch(stop);
    deps.report.epoch(journal.epoch());
  };
  const uncheckpointedAdds = new UncheckpointedAdds();
  const ledgers = new Map(
    deps.watches.map((watch) => [
      watch.key,
      new WatchLedger({
        ...deps,
        uncheckpointedAdds,
        watch: watch.ledger,
        moved: () => deps.checkpointMovedAtMs.set(watch.key, deps.clock.nowMs()),
      }),
    ]),
  );
  let announced = 0;
  leadership.publish(() => {
    const named = uncheckpointedAdds.registered();
    const written = (): void => void (announced = named);
    return { checkpoints: toLeaseCheckpoints(ledgers), written };
  });
  /** Until the Lease names all that is new to the queue, and is about to be sent. */
  const announce = async (stop: AbortSignal): Promise<void> => {
    const named = uncheckpointedAdds.registered();
    while (announced < named && leadership.maySend() && !stop.aborted) {
      leadership.hurry();
      await leadership.news.wait(stop);
    }
  };
  const committer = createCommitter(journal);
  const publisher = createPublisher({
    ...deps,
    send: fenceSends(leadership, announce, async (entries, stop) => {
      const outcomes = await deps.send(entries, stop);
      deps.report.sent(outcomes);
      return outcomes;
    }),
    backoff: { minMs: deps.times.backoffMinMs, maxMs: deps.times.backoffMaxMs },
    events: {
      ...deps.report,
      queued: (ticket) => {
        ledgers.get(ticket.entry.watch)?.opened(ticket);
        // Added and gone before it was sent is nothing, unless another relay has sent it.
        ticket.attempted = leadership.isShared;
        if (leadership.term() === undefined) shadow.queued(ticket);
      },
      annulled: (ticket) => ledgers.get(ticket.entry.watch)?.annulled(ticket),
      sending: (tickets) => {
        for (const ticket of tickets) ledgers.get(ticket.entry.watch)?.sending(ticket);
        journal.commit();
      },
      accepted: (tickets) => {
        for (const ticket of tickets) ledgers.get(ticket.entry.watch)?.accepted(ticket);
        // While it ends nobody else commits.
        if (stopped.aborted) journal.commit();
        else committer.soon();
        deps.report.accepted(tickets);
      },
    },
  });
  const shadow = createShadow({ ...deps, ledgers, freed: publisher.freed });
  /** `true`: the history went back; what has been read by now is of no use. */
  const prepareToLead = (term: Term): boolean => {
    term.ended.addEventListener("abort", () => over.abort(), { once: true });
    if (term.ended.aborted) over.abort();
    const rollback = term.takeRollback();
    for (const ledger of ledgers.values()) ledger.prepareToLead(rollback);
    journal.commit();
    return rollback;
  };
  const term = leadership.term();
  if (term !== undefined) {
    prepareToLead(term);
    // Before the first send: what is sent from now on is new to the queue.
    await raiseEpoch(stopped);
  }
  const standByThenSend = async (stop: AbortSignal): Promise<void> => {
    if (term === undefined) {
      const outcome = await shadow.run(stop);
      const begun = leadership.term();
      const wentBack = begun !== undefined && prepareToLead(begun);
      if (begun === undefined || outcome === "anew" || wentBack) over.abort();
      if (stopped.aborted) return;
      await raiseEpoch(stopped);
      deps.buffer.renew((rendered) => deps.renewEpoch(rendered, journal.epoch()));
    }
    await publisher.run(stop);
  };
  const directory = new NamespaceDirectory();
  const follows = deps.watches.flatMap((watch) => {
    const ledger = ledgers.get(watch.key);
    if (ledger === undefined) return [];
    const following = { ...deps, publisher, ledger, directory, raiseEpoch };
    return [(stop: AbortSignal) => follow(following, watch, stop)];
  });
  if (deps.watches.some(({ namespaceSelector }) => namespaceSelector !== undefined)) {
    follows.push((stop) => directory.run({ ...deps, stepped: namespacesStepped(deps) }, stop));
  }
  await runTogether([standByThenSend, committer.run, ...follows], stopped);
  for (const ledger of ledgers.values()) ledger.save();
}

function toLeaseCheckpoints(
  ledgers: ReadonlyMap<string, WatchLedger>,
): ReadonlyMap<string, LeaseCheckpoint> {
  const checkpoints = new Map<string, LeaseCheckpoint>();
  for (const [key, ledger] of ledgers) {
    const checkpoint = ledger.toLeaseCheckpoint();
    if (checkpoint !== undefined) checkpoints.set(key, checkpoint);
  }
  return checkpoints;
}

/** The watch of namespaces is told of like the others. */
function namespacesStepped(deps: RelayDeps): (step: WatchStep) => void {
  const { key } = NAMESPACES_WATCH;
  deps.statuses.set(key, STARTING);
  return (step) => {
    deps.report.step(NAMESPACES_WATCH, step);
    deps.statuses.set(key, nextStatus(deps.statuses.get(key) ?? STARTING, step));
  };
}
