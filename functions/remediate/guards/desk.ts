import { setTimeout as sleep } from "node:timers/promises";
import type { RemediationRecord } from "../../../events/remediation.ts";
import { changeStatus } from "../../../adapters/kubernetes/api/change-status.ts";
import { createGuardStore, toGuardPath } from "../../../adapters/kubernetes/guards/guards.ts";
import { toRecordPath } from "../../../adapters/kubernetes/remediation/records.ts";
import { findHold, type Answer } from "../../../core/guards/admit.ts";
import { toSeen } from "../../../core/guards/entries.ts";
import { isInFlight, toIso, type Hold } from "../../../core/guards/hold.ts";
import type { Rule } from "../../../core/pipeline/pipeline.ts";
import { toCandidate } from "../../../core/records/guards/candidate.ts";
import { toWakeup } from "../../../core/records/messages/wakeup.ts";
import { countIn, toState, type Asked, type CountDeps } from "./count.ts";
import { withSelected } from "./selected.ts";
import { createEndReader } from "./ends.ts";
import { ADMITTED_MAX, listWaiting } from "./waiting.ts";

/** Where remediations ask to be started. One for each process. */
export type GuardDesk = {
  /** Whether the record may start, counted in the guard of its rule. Those of one rule that ask at once share one write. */
  readonly ask: (record: RemediationRecord, rule: Rule, signal: AbortSignal) => Promise<Answer>;
  /** The record starts nothing, because nothing can be done for it: its match counts all the same. */
  readonly note: (record: RemediationRecord, rule: Rule, signal: AbortSignal) => Promise<void>;
  /** Why the record would be held back now; nothing is counted. */
  readonly preview: (
    record: RemediationRecord,
    rule: Rule,
    signal: AbortSignal,
  ) => Promise<Hold | undefined>;
  /** The record was admitted and does not start: it asks again. */
  readonly leave: (record: RemediationRecord, rule: Rule, signal: AbortSignal) => Promise<void>;
  /** Remembers how a record ended, and lets those start that waited for it, as far as this process knows of them. */
  readonly end: (record: RemediationRecord, rule: Rule, signal: AbortSignal) => Promise<void>;
  /**
   * Lets those start that wait, the oldest match first, and wakes them; the others are checked again later. `due` is the time of the
   * wake-up (RFC 3339 ms): one that is not the planned one is late, or forged, and does nothing.
   */
  readonly wake: (due: string, rule: Rule, signal: AbortSignal) => Promise<void>;
};

export function createGuardDesk(options: Omit<CountDeps, "ends" | "looks" | "pace">): GuardDesk {
  const ends = createEndReader(options);
  const deps: CountDeps = { ...options, ends, looks: new Map(), pace: { readMs: 0 } };
  const queues = new Map<string, Queue>();
  const store = createGuardStore(deps);
  const admitOnce = shareByRule((rule, signal) => admitWaiting(rule, deps, signal));
  const join = (asked: Asked, rule: Rule, signal: AbortSignal): Promise<Answer> => {
    const queue = queues.get(rule.id) ?? { asking: [], isRunning: false, askedMs: 0 };
    queues.set(rule.id, queue);
    const isBusy = deps.now() - queue.askedMs < BUSY_MS;
    queue.askedMs = deps.now();
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    queue.asking.push({ ...asked, signal, resolve, reject });
    if (!queue.isRunning) void serve(queue, rule, deps, isBusy);
    return promise;
  };
  return {
    ask: (record, rule, signal) => join({ record }, rule, signal),
    async note(record, rule, signal) {
      await join({ record, startsNothing: true }, rule, signal);
    },
    async preview(record, rule, signal) {
      const state = toState(await store.read(rule.id, signal), record);
      const ended = await ends.complete(state, rule, signal);
      const known = await withSelected(ended, rule, deps.countSelected, signal);
      return findHold(known, toCandidate(record), rule.guards, deps.now());
    },
    leave: (record, rule, signal) => leave(record, rule, deps, signal),
    async end(record, rule, signal) {
      ends.note(record);
      if (deps.looks.get(rule.id) !== undefined) await admitOnce(rule, signal);
    },
    async wake(due, rule, signal) {
      const { own } = await store.read(rule.id, signal);
      if (own?.status?.wakeAt === due) await admitOnce(rule, signal);
    },
  };
}

type Admit = (rule: Rule, signal: AbortSignal) => Promise<void>;

/** Of a batch many records of one rule may end at once: while one check is running, the others wait for the one that follows it. */
function shareByRule(admit: Admit): Admit {
  const running = new Map<string, Promise<void>>();
  const following = new Map<string, Promise<void>>();
  const start = async (rule: Rule, signal: AbortSignal): Promise<void> => {
    const look = admit(rule, signal);
    running.set(rule.id, look);
    try {
      await look;
    } finally {
      running.delete(rule.id);
    }
  };
  return (rule, signal) => {
    const current = running.get(rule.id);
    if (current === undefined) return start(rule, signal);
    const next =
      following.get(rule.id) ??
      current
        .catch(() => undefined)
        .then(() => {
          following.delete(rule.id);
          return start(rule, signal);
        });
    following.set(rule.id, next);
    return next;
  };
}

type Asking = Asked & {
  readonly signal: AbortSignal;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
};

/** Those of one rule that ask; until their guard is written, more may join them. */
type Queue = {
  asking: Asking[];
  isRunning: boolean;
  /** When somebody asked last; ms since the epoch. */
  askedMs: number;
};

/** If the last one asked so short a time ago, more follow: the write waits a moment for them. */
const BUSY_MS = 1_000;
const GATHER_MIN_MS = 25;
const GATHER_MAX_MS = 500;

function toGatherMs({ readMs }: CountDeps["pace"]): number {
  return Math.min(GATHER_MAX_MS, Math.max(GATHER_MIN_MS, 2 * readMs));
}

async function serve(queue: Queue, rule: Rule, deps: CountDeps, isBusy: boolean): Promise<void> {
  queue.isRunning = true;
  if (isBusy) await sleep(toGatherMs(deps.pace));
  for (;;) {
    const [first] = queue.asking;
    if (first === undefined) break;
    const batch: Asking[] = [];
    const collect = (): readonly Asked[] => {
      batch.push(...queue.asking.splice(0));
      return batch;
    };
    try {
      const answers = await countIn(collect, rule, deps, first.signal);
      for (const { record, resolve, reject } of batch) {
        const answer = answers.get(toCandidate(record).id);
        if (answer === undefined) reject(new Error(`no answer for ${record.metadata.name}`));
        else resolve(answer);
      }
    } catch (error) {
      collect();
      for (const { reject } of batch) reject(error);
    }
  }
  queue.isRunning = false;
}

/**
 * A record that is admitted is woken even if it was admitted before, because the run that did so may have died before it sent the wake-up.
 * For the same reason they are checked again as long as any record waits.
 */
async function admitWaiting(rule: Rule, deps: CountDeps, signal: AbortSignal): Promise<void> {
  const { namespace, now, sendWakeup } = deps;
  const waiting = await listWaiting(deps, rule.id, signal);
  const asked = waiting.map((record) => ({ record }));
  const answers = await countIn(() => asked, rule, deps, signal, { most: ADMITTED_MAX });
  for (const record of waiting) {
    if (answers.get(toCandidate(record).id)?.outcome !== "admitted") continue;
    const due = toIso(now());
    const subject = toRecordPath({ namespace, name: record.metadata.name });
    await sendWakeup(toWakeup({ record, subject, due, now: due }), signal);
  }
}

/** If it cannot be written, the record keeps its place until it starts or ends. */
async function leave(
  record: RemediationRecord,
  rule: Rule,
  { client, namespace }: CountDeps,
  signal: AbortSignal,
): Promise<void> {
  const store = createGuardStore({ client, namespace });
  const { id } = toCandidate(record);
  await changeStatus(
    {
      client,
      async read(within) {
        const { own } = await store.obtain(rule.id, within);
        return own;
      },
      toPath: ({ metadata }) => toGuardPath(metadata),
      decide({ status }) {
        const { entries = [] } = status ?? {};
        const hasPlace = entries.some((entry) => entry.id === id && isInFlight(entry));
        if (!hasPlace) return { outcome: "keep", answer: undefined };
        const kept = entries.flatMap((entry) =>
          entry.id === id && isInFlight(entry) ? toSeen(entry) : [entry],
        );
        return { outcome: "write", status: { ...status, entries: kept }, answer: undefined };
      },
    },
    signal,
  );
}
