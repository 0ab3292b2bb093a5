import { openJournal } from "../../../adapters/journal/open-journal.ts";
import type { Journal } from "../../../adapters/journal/journal.ts";
import type { SqsEntryOutcome } from "../../../adapters/sqs/send-batch.ts";
import { readObject } from "../../../core/changes/read-object.ts";
import type { KubernetesObject } from "../../../events/change.ts";
import type { ChangeBuffer } from "../../../relay/delivery/buffer.ts";
import { Delivery, type Batch, type DeliveryReport } from "../../../relay/delivery/delivery.ts";
import type { WatchLedger } from "../../../relay/delivery/watch-ledger.ts";
import type { Change } from "../../../relay/detect/change.ts";
import { ChangeDetector, type Seen } from "../../../relay/detect/change-detector.ts";
import type { FieldDigester } from "../../../relay/detect/digest-fields.ts";
import { KnownObjects } from "../../../relay/detect/known-objects.ts";
import type { Leadership } from "../../../relay/handover/leadership.ts";
import { Predecessor } from "../../../relay/handover/predecessor.ts";
import type { TrackedWatch } from "../../../relay/plan/tracked-watch.ts";
import type { WatchStep } from "../../../relay/reflector/step.ts";
import { CONFIG_MAPS, configMap } from "./change.ts";
import { findRow } from "./journal-row.ts";
import { ALONE, createTestBuffer, summarizeChange, WATCH } from "./relay.ts";

const ACCEPTED: SqsEntryOutcome = { outcome: "accepted", messageId: "m" };
const NEVER = new AbortController().signal;

export function read(object: KubernetesObject): Seen {
  const result = readObject(object, CONFIG_MAPS);
  if (!result.ok) throw new Error(result.error);
  return { read: result.value, readAtMs: 0 };
}

export const listed = (name: string, version: string, uid?: string): WatchStep => ({
  type: "listed",
  ...read(configMap(name, version, uid === undefined ? {} : { uid })),
});

export const changed = (
  event: "ADDED" | "MODIFIED" | "DELETED",
  name: string,
  version: string,
): WatchStep => ({ type: "changed", event, ...read(configMap(name, version)) });

export const began = (replace = false, cause: "start" | "rollback" = "start"): WatchStep => ({
  type: "snapshotStarted",
  cause,
  replace,
  mode: "watchList",
});

export const ended = (resourceVersion: string): WatchStep => ({
  type: "snapshotEnded",
  resourceVersion,
  readAtMs: 0,
});

export const SILENT_DELIVERY: DeliveryReport = {
  accepted: () => undefined,
  refused: () => undefined,
  unsendable: () => undefined,
};

/** One watch on a journal: a real Delivery that a test feeds with steps, and a queue that answers when a test lets it. */
export type DeliveryScene = {
  readonly delivery: Delivery;
  readonly detector: ChangeDetector;
  readonly predecessor: Predecessor;
  readonly ledger: WatchLedger;
  readonly buffer: ChangeBuffer;
  /** Handles steps of the watch's stream. */
  readonly read: (...steps: readonly WatchStep[]) => Promise<void>;
  readonly offer: (change: Change) => Promise<void>;
  /** Puts a batch in flight, which gets no answer. */
  readonly send: () => readonly Batch[];
  /** The queue accepts everything that waits; returns what was sent. */
  readonly accept: () => readonly string[];
  /** Changes that wait for the queue. */
  readonly waiting: () => readonly string[];
  /** The journal's state of each name: `delivered@5` or `unknown`. */
  readonly rows: (...names: readonly string[]) => readonly string[];
};

export function createDeliveryScene(
  journal: Journal,
  options: {
    readonly watch?: Partial<TrackedWatch>;
    readonly leadership?: Leadership;
    readonly buffer?: ChangeBuffer;
    readonly digester?: FieldDigester | undefined;
    readonly report?: Partial<DeliveryReport>;
  } = {},
): DeliveryScene {
  const { watch, leadership = ALONE, buffer = createTestBuffer(), digester } = options;
  const tracked = { key: WATCH, resource: CONFIG_MAPS, selection: "s", initial: [], ...watch };
  const predecessor = new Predecessor(journal, WATCH);
  const delivery = new Delivery({
    watches: [{ tracked, predecessor, digester }],
    journal,
    buffer,
    leadership,
    renewEpoch: (rendered) => rendered,
    report: { ...SILENT_DELIVERY, ...options.report },
    checkpointMoved: () => undefined,
  });
  const ledger = delivery.ledger(WATCH);
  const known = new KnownObjects(journal, delivery.pending(), tracked);
  const detector = new ChangeDetector({ watch: tracked, known, progress: ledger, digester });
  const offer = (change: Change): Promise<void> => delivery.offer(change, NEVER);
  return {
    delivery,
    detector,
    predecessor,
    ledger,
    buffer,
    offer,
    async read(...steps) {
      for (const step of steps) {
        if (step.type === "snapshotStarted") ledger.snapshotStarted(step);
        for (const change of detector.changes(step)) await offer(change);
        ledger.passed(step);
        if (step.type === "snapshotEnded") detector.compared();
      }
    },
    send: () => delivery.takeBatches(1),
    accept() {
      const sent: string[] = [];
      for (;;) {
        const batches = delivery.takeBatches(4);
        if (batches.length === 0) break;
        for (const batch of batches) {
          sent.push(...batch.map(({ entry }) => summarizeChange(entry)));
          delivery.settle(
            batch,
            batch.map(() => ACCEPTED),
          );
        }
      }
      journal.commit();
      return sent;
    },
    waiting: () => buffer.tickets().map(({ entry }) => summarizeChange(entry)),
    rows: (...names) =>
      names.map((name) => {
        const row = findRow(journal, WATCH, { namespace: "default", name, uid: `uid-${name}` });
        return row === undefined ? "unknown" : `${row.standing}@${row.resourceVersion}`;
      }),
  };
}

export function openTestJournal(stateDir: string): Journal {
  return openJournal({ stateDir, clusterUid: "cluster" });
}

/** A journal that has delivered a@5, b@6 and c@7, with the checkpoint at 10. */
export async function createDeliveredJournal(stateDir: string): Promise<Journal> {
  const journal = openTestJournal(stateDir);
  const scene = createDeliveryScene(journal);
  await scene.read(began(), listed("a", "5"), listed("b", "6"), listed("c", "7"), ended("10"));
  return journal;
}
