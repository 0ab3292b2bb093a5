import { KubemendError } from "../core/errors.ts";
import type { Journal } from "../adapters/journal/journal.ts";
import type { ChangeBuffer } from "./buffer.ts";
import { WatchLedger } from "./journal.ts";
import type { PlannedWatch } from "./planned-watch.ts";
import { createPublisher, type Publisher, type PublisherDeps } from "./publish.ts";
import { describeInterruption, type Report } from "./report.ts";
import { runTogether } from "./run-together.ts";
import { reflect } from "./watch.ts";
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
      accepted: (tickets) => {
        for (const ticket of tickets) ledgers.get(ticket.entry.watch)?.accepted(ticket);
        deps.journal.commit();
        deps.report.accepted(tickets);
      },
    },
  });
  const follows = deps.watches.flatMap((watch) => {
    const ledger = ledgers.get(watch.key);
    if (ledger === undefined) return [];
    return [(stop: AbortSignal) => follow({ ...deps, publisher, ledger }, watch, stop)];
  });
  await runTogether([(stop) => publisher.run(stop), ...follows], signal);
  for (const ledger of ledgers.values()) ledger.save();
}

/** Reads one watch, and no faster than its changes find room on their way to the queue. */
async function follow(
  deps: RelayDeps & { readonly publisher: Publisher; readonly ledger: WatchLedger },
  watch: PlannedWatch,
  signal: AbortSignal,
): Promise<void> {
  const { ledger, publisher } = deps;
  for await (const step of reflect(deps, watch.target, ledger.start(), signal)) {
    for (const change of ledger.changes(step)) await publisher.offer(change, signal);
    // Stopped while it waited for room: the step is not done, and comes again after the next start.
    if (signal.aborted) return;
    ledger.passed(step);
    deps.report.step(watch, step);
    deps.board.set(watch.key, nextStatus(deps.board.get(watch.key) ?? STARTING, step));
    refuseIfAllForbidden(deps, watch, step);
  }
}

/** One forbidden watch does not stop the others; a token that may read nothing at all is a mistake to be told at once. */
function refuseIfAllForbidden(deps: RelayDeps, watch: PlannedWatch, step: WatchStep): void {
  if (step.type !== "interrupted" || step.reaction.state !== "forbidden") return;
  const statuses = deps.watches.map(({ key }) => deps.board.get(key) ?? STARTING);
  if (!statuses.every(({ state, ready }) => state === "forbidden" && !ready)) return;
  const others = deps.watches.length - 1;
  const more = others === 0 ? "" : `; and ${others} more, so nothing is left to watch`;
  throw new KubemendError("Forbidden", describeInterruption(watch, step.ending) + more, {
    retryable: false,
    status: 403,
  });
}
