import type { Journal } from "../../adapters/journal/journal.ts";
import type { ChangeBuffer, Ticket } from "./buffer.ts";
import type { WatchLedger } from "./watch-ledger.ts";
import type { Leadership } from "../handover/leadership.ts";

export type StandByDeps = {
  readonly leadership: Leadership;
  readonly journal: Pick<Journal, "commit">;
  readonly buffer: ChangeBuffer;
  readonly ledgers: ReadonlyMap<string, WatchLedger>;
  /** There is room in the buffer again. */
  readonly freed: () => void;
};

/**
 * The changes that wait while another relay is active: its shadow. What that relay says the queue has is journalled as
 * accepted and needs no sending any more; the rest stays, as much as the buffer holds.
 */
export type Shadow = {
  /** A change that this relay has read. The active one may be sending it at this moment. */
  readonly queued: (ticket: Ticket) => void;
  /**
   * Until this relay is the active one, or the signal is aborted. `anew`: what was read so far is of no use for what comes, and
   * all must begin from the journal.
   */
  readonly run: (signal: AbortSignal) => Promise<"goes on" | "anew">;
};

export function createShadow(deps: StandByDeps): Shadow {
  const { leadership, journal, buffer, ledgers } = deps;
  const ledgerOf = (ticket: Ticket): WatchLedger | undefined => ledgers.get(ticket.entry.watch);
  const isCovered = (ticket: Ticket): boolean => ledgerOf(ticket)?.isCovered(ticket.entry) === true;
  const settle = (ticket: Ticket): void => {
    buffer.settle(ticket);
    ledgerOf(ticket)?.accepted(ticket);
  };
  const trim = (): void => {
    for (const ticket of buffer.tickets()) if (isCovered(ticket)) settle(ticket);
    journal.commit();
    deps.freed();
  };
  return {
    queued(ticket) {
      if (isCovered(ticket)) {
        settle(ticket);
        return;
      }
      ledgerOf(ticket)?.sending(ticket);
    },
    async run(signal) {
      const all = [...ledgers.values()];
      while (!signal.aborted) {
        const news = leadership.news.wait(signal);
        if (leadership.term() !== undefined) {
          const ready = all.filter((ledger) => ledger.takeOver());
          journal.commit();
          return ready.length === all.length ? "goes on" : "anew";
        }
        if (!all.every((ledger) => ledger.keepsUp())) return "anew";
        trim();
        await news;
      }
      return "goes on";
    },
  };
}
