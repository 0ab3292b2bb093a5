import type { Journal } from "../../../../adapters/journal/journal.ts";
import type { LeaseCheckpoint } from "../../../../relay/handover/annotations.ts";
import type { TrackedWatch } from "../../../../relay/plan/tracked-watch.ts";
import type { WatchStep } from "../../../../relay/reflector/step.ts";
import {
  createDeliveryScene,
  openTestJournal,
  type DeliveryScene,
} from "../../../support/relay/relay-delivery.ts";
import {
  createFakeLeadership,
  type FakeLeadership,
} from "../../../support/relay/relay-leadership.ts";
import { WATCH } from "../../../support/relay/relay.ts";

type Standby = DeliveryScene & {
  readonly lease: FakeLeadership;
  readonly checkpoint: () => LeaseCheckpoint | undefined;
  /** The Lease was read. */
  readonly look: () => Promise<"promote" | "restart">;
  /** It takes over: what it publishes of what it has read. */
  readonly takeOver: () => Promise<{
    readonly outcome: "promote" | "restart";
    readonly sent: readonly string[];
  }>;
};

/** A standby on a journal; it sends nothing until it leads. */
export function standBy(journal: Journal, watch: Partial<TrackedWatch> = {}): Standby {
  const lease = createFakeLeadership();
  const scene = createDeliveryScene(journal, { watch, leadership: lease.leadership });
  const { delivery, ledger } = scene;
  return {
    ...scene,
    lease,
    async read(...steps: readonly WatchStep[]) {
      for (const step of steps) {
        if (step.type === "snapshotStarted" && step.cause === "start") ledger.start();
        await scene.read(step);
      }
    },
    checkpoint: () => delivery.checkpoints().checkpoints.get(WATCH),
    async look() {
      const over = new AbortController();
      const outcome = delivery.standBy(over.signal);
      over.abort();
      return outcome;
    },
    async takeOver() {
      lease.lead();
      const outcome = await delivery.standBy(new AbortController().signal);
      return { outcome, sent: outcome === "restart" ? [] : scene.accept() };
    },
  };
}

/** A journal in the folder that is closed when its scope ends. */
export function openStandbyJournal(stateDir: string): Journal & Disposable {
  const journal = openTestJournal(stateDir);
  return { ...journal, [Symbol.dispose]: () => journal.close() };
}
