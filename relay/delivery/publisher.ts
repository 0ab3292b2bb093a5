import { toTruncatedBody } from "../../core/changes/message-body.ts";
import type { KubemendError } from "../../core/errors.ts";
import { parseChangeBody } from "../../adapters/sqs/packed-data.ts";
import {
  BATCH_MAX_BYTES,
  BATCH_MAX_ENTRIES,
  type SqsEntry,
  type SqsEntryOutcome,
} from "../../adapters/sqs/send-batch.ts";
import type { ChangeBuffer, Ticket } from "./buffer.ts";
import type { Change, Entry } from "../detect/change.ts";
import type { Clock } from "../runtime/clock.ts";
import { createNotifier } from "../runtime/notifier.ts";
import { createBackoff } from "../reflector/backoff.ts";

/** Calls at a time. Each holds ten groups; more calls make smaller batches, not more throughput, up to about 1,000 changes/s. */
const CONCURRENCY = 4;
/** A change waits this long for others to share its request with: a tenth of the requests for a tick of latency. */
const LINGER_MS = 8;
/** What is in flight when the relay is told to stop gets this long; the process has 10 s. */
const DRAIN_MS = 7_000;

export type PublisherDeps = {
  readonly buffer: ChangeBuffer;
  /** One outcome an entry; never throws. */
  readonly send: (
    entries: readonly SqsEntry[],
    signal: AbortSignal,
  ) => Promise<readonly SqsEntryOutcome[]>;
  readonly clock: Clock;
  readonly backoff: { readonly minMs: number; readonly maxMs: number };
  readonly events: PublisherEvents;
};

/** What becomes of changes. A throw in one of them ends the publisher. */
export type PublisherEvents = {
  readonly queued: (ticket: Ticket) => void;
  readonly annulled: (ticket: Ticket) => void;
  /** They are about to be sent: what must be known of that after a crash is written down now. */
  readonly sending: (tickets: readonly Ticket[]) => void;
  /** The queue has them: now, and not before, they count as delivered. */
  readonly accepted: (tickets: readonly Ticket[]) => void;
  /** They are sent again after a pause. */
  readonly refused: (entries: readonly Entry[], error: KubemendError) => void;
  /** The queue refuses this text for ever. `truncated`: it goes as metadata; `given up`: that was refused too. */
  readonly unsendable: (
    entry: Entry,
    error: KubemendError,
    outcome: "truncated" | "given up",
  ) => void;
};

export type Publisher = {
  /** Waits while the buffer is full: whoever reads changes stops reading. */
  readonly offer: (change: Change, signal: AbortSignal) => Promise<void>;
  /** There may be room in the buffer that nothing was sent for. */
  readonly freed: () => void;
  /** Sends until it is stopped, and then waits for what is in flight. Throws what one of `events` threw. */
  readonly run: (signal: AbortSignal) => Promise<void>;
};

/** Sends what is in the buffer, in batches, each group in order; tries again for ever, paced. */
export function createPublisher(deps: PublisherDeps): Publisher {
  const { buffer, clock, events } = deps;
  const work = createNotifier();
  const room = createNotifier();
  const pace = createBackoff(deps.backoff, clock);
  const tasks = new Set<Promise<void>>();
  const state: { calls: number; failure?: { readonly error: unknown } } = { calls: 0 };

  /** Sends one batch. What is refused rests before it is tried again; where nothing was accepted, the call rests with it. */
  const sendAndRest = async (tickets: readonly Ticket[], signals: Signals): Promise<void> => {
    state.calls += 1;
    const sent = await sendTickets(deps, tickets, signals.drain).finally(() => {
      state.calls -= 1;
    });
    work.notify();
    room.notify();
    if (sent.refused.length === 0) return;
    const progressed = sent.accepted > 0;
    if (!progressed) state.calls += 1;
    await clock.sleep(pace.next({ progressed, livedMs: 0 }), signals.stop);
    if (!progressed) state.calls -= 1;
    for (const ticket of sent.refused) buffer.giveBack(ticket);
    work.notify();
  };
  const start = (batches: readonly (readonly Ticket[])[], signals: Signals): void => {
    // One commit for all of them.
    events.sending(batches.flat());
    for (const tickets of batches) startOne(tickets, signals);
  };
  const startOne = (tickets: readonly Ticket[], signals: Signals): void => {
    const task = sendAndRest(tickets, signals)
      .catch((error: unknown) => {
        state.failure ??= { error };
        work.notify();
      })
      .finally(() => tasks.delete(task));
    tasks.add(task);
  };

  return {
    async offer(change, signal) {
      while (buffer.isFull() && !signal.aborted) await room.wait(signal);
      if (signal.aborted) return;
      const offered = buffer.offer(change);
      if (offered.outcome === "queued") events.queued(offered.ticket);
      if (offered.outcome === "annulled") events.annulled(offered.ticket);
      work.notify();
    },
    freed: room.notify,
    async run(stop) {
      const drain = new AbortController();
      while (!stop.aborted && state.failure === undefined) {
        if (buffer.readyCount() === 0 || state.calls >= CONCURRENCY) {
          await work.wait(stop);
          continue;
        }
        if (buffer.readyCount() < BATCH_MAX_ENTRIES) await clock.sleep(LINGER_MS, stop);
        if (stop.aborted) break;
        try {
          start(takeBatches(buffer, CONCURRENCY - state.calls), { stop, drain: drain.signal });
        } catch (error) {
          state.failure ??= { error };
        }
      }
      const timer = setTimeout(() => drain.abort(), DRAIN_MS);
      await Promise.all(tasks);
      clearTimeout(timer);
      if (state.failure !== undefined) throw state.failure.error;
    },
  };
}

type Signals = { readonly stop: AbortSignal; readonly drain: AbortSignal };

/** What is ready, as far as calls are free; after the first only whole batches, as the others grow while they wait. */
function takeBatches(buffer: ChangeBuffer, calls: number): readonly (readonly Ticket[])[] {
  const batches: (readonly Ticket[])[] = [];
  do {
    const tickets = buffer.take({ entries: BATCH_MAX_ENTRIES, bytes: BATCH_MAX_BYTES });
    if (tickets.length === 0) break;
    batches.push(tickets);
  } while (batches.length < calls && buffer.readyCount() >= BATCH_MAX_ENTRIES);
  return batches;
}

type Sent = { readonly accepted: number; readonly refused: readonly Ticket[] };

async function sendTickets(
  deps: PublisherDeps,
  tickets: readonly Ticket[],
  signal: AbortSignal,
): Promise<Sent> {
  const outcomes = await deps.send(tickets.map(toSqsEntry), signal);
  const accepted: Ticket[] = [];
  const refused: Ticket[] = [];
  let error: KubemendError | undefined;
  for (const [index, ticket] of tickets.entries()) {
    const outcome = outcomes[index];
    if (outcome?.outcome === "accepted") accepted.push(ticket);
    else if (outcome?.error.code === "MessageRefused") {
      if (shorten(deps, ticket, outcome.error)) deps.buffer.giveBack(ticket);
      else accepted.push(ticket);
    } else {
      error ??= outcome?.error;
      refused.push(ticket);
    }
  }
  for (const ticket of accepted) deps.buffer.settle(ticket);
  if (accepted.length > 0) deps.events.accepted(accepted);
  if (error !== undefined)
    deps.events.refused(
      refused.map(({ entry }) => entry),
      error,
    );
  return { accepted: accepted.length, refused };
}

/** Leaves the text that the queue refuses out of the message; false where it was out already. */
function shorten(deps: PublisherDeps, ticket: Ticket, error: KubemendError): boolean {
  const { entry } = ticket;
  const message = parseChangeBody(entry.rendered.body);
  if (message.outcome === "refused" || message.value.data.truncated === true) {
    deps.events.unsendable(entry, error, "given up");
    return false;
  }
  const body = toTruncatedBody(message.value, `the queue refused the object: ${error.message}`);
  deps.buffer.replaceText(ticket, { ...entry.rendered, body });
  deps.events.unsendable(entry, error, "truncated");
  return true;
}

function toSqsEntry({ entry }: Ticket): SqsEntry {
  const { body, groupId, deduplicationId } = entry.rendered;
  return { body, groupId, deduplicationId };
}
