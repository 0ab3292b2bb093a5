import type { Journal } from "../adapters/journal/journal.ts";
import type { ChangeBuffer } from "./buffer.ts";
import { follow } from "./follow.ts";
import { WatchLedger } from "./journal.ts";
import { NAMESPACES_WATCH, NamespaceDirectory } from "./namespaces.ts";
import type { PlannedWatch } from "./planned-watch.ts";
import { createPublisher, type PublisherDeps } from "./publish.ts";
import type { Report } from "./report.ts";
import { runTogether } from "./run-together.ts";
import { nextStatus, STARTING, type WatchStatus } from "./watch-status.ts";
import type { WatchStep } from "./watch/step.ts";
import type { WatchDeps } from "./watch/target.ts";

export type RelayDeps = WatchDeps & {
  readonly watches: readonly PlannedWatch[];
  readonly journal: Journal;
  readonly buffer: ChangeBuffer;
  readonly send: PublisherDeps["send"];
  /** How each watch is doing; kept up to date here. */
  readonly board: Map<string, WatchStatus>;
  /** When each checkpoint moved last, on the monotonic clock; kept up to date here. */
  readonly checkpointAtMs: Map<string, number>;
  readonly report: Report;
};

/**
 * The flow: each watch is read and compared with the journal, what is news goes through one buffer to the queue, and what
 * the queue has accepted is journalled. Runs until it is stopped; then finishes what is in flight and saves.
 * Throws `StateFolder` where the journal cannot be written, and `Forbidden` where no watch at all may be read.
 */
export async function relay(deps: RelayDeps, signal: AbortSignal): Promise<void> {
  const raiseEpoch = (): void => deps.report.epoch(deps.journal.raiseEpoch());
  // Before the first send: what is sent from now on is new to the queue.
  raiseEpoch();
  const ledgers = new Map(
    deps.watches.map((watch) => [
      watch.key,
      new WatchLedger({
        ...deps,
        watch: watch.ledger,
        raiseEpoch,
        moved: () => deps.checkpointAtMs.set(watch.key, deps.clock.nowMs()),
      }),
    ]),
  );
  const publisher = createPublisher({
    ...deps,
    send: async (entries, stop) => {
      const outcomes = await deps.send(entries, stop);
      deps.report.sent(outcomes);
      return outcomes;
    },
    backoff: { minMs: deps.times.backoffMinMs, maxMs: deps.times.backoffMaxMs },
    events: {
      ...deps.report,
      queued: (ticket) => ledgers.get(ticket.entry.watch)?.opened(ticket),
      annulled: (ticket) => ledgers.get(ticket.entry.watch)?.annulled(ticket),
      sending: (tickets) => {
        for (const ticket of tickets) ledgers.get(ticket.entry.watch)?.sending(ticket);
        deps.journal.commit();
      },
      accepted: (tickets) => {
        for (const ticket of tickets) ledgers.get(ticket.entry.watch)?.accepted(ticket);
        deps.journal.commit();
        deps.report.accepted(tickets);
      },
    },
  });
  const directory = new NamespaceDirectory();
  const follows = deps.watches.flatMap((watch) => {
    const ledger = ledgers.get(watch.key);
    if (ledger === undefined) return [];
    return [(stop: AbortSignal) => follow({ ...deps, publisher, ledger, directory }, watch, stop)];
  });
  if (deps.watches.some(({ namespaceSelector }) => namespaceSelector !== undefined)) {
    follows.push((stop) => directory.run({ ...deps, stepped: namespacesStepped(deps) }, stop));
  }
  await runTogether([(stop) => publisher.run(stop), ...follows], signal);
  for (const ledger of ledgers.values()) ledger.save();
}

/** The watch of namespaces is told of like the others. */
function namespacesStepped(deps: RelayDeps): (step: WatchStep) => void {
  const { key } = NAMESPACES_WATCH;
  deps.board.set(key, STARTING);
  return (step) => {
    deps.report.step(NAMESPACES_WATCH, step);
    deps.board.set(key, nextStatus(deps.board.get(key) ?? STARTING, step));
  };
}
