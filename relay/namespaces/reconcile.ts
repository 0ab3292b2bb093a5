import { readObject } from "../../core/changes/read-object.ts";
import type { WatchLedger } from "../delivery/watch-ledger.ts";
import type { Change } from "../detect/change.ts";
import type { ChangeDetector } from "../detect/change-detector.ts";
import {
  askUntilAnswered,
  type Attempt,
  type FailedAttempt,
} from "../reflector/ask-until-answered.ts";
import type { Ending } from "../reflector/ending.ts";
import { listAll } from "../reflector/list.ts";
import type { WatchDeps, WatchTarget } from "../reflector/target.ts";
import type { Notifier } from "../runtime/notifier.ts";
import type { SerialQueue } from "../runtime/serial-queue.ts";
import type { NamespaceView } from "./selection.ts";

export type ReconcileDeps = WatchDeps & {
  readonly detector: Pick<ChangeDetector, "isComparing" | "entered" | "leaving">;
  readonly ledger: Pick<WatchLedger, "namespacesPassed">;
  readonly view: NamespaceView;
  /** Notified when namespaces have changed. */
  readonly changed: Notifier;
  readonly serially: SerialQueue;
  readonly offer: (changes: Iterable<Change>) => Promise<void>;
  /** A namespace that entered the selection could not be read; it will be read again after the wait. */
  readonly namespaceUnread: (target: WatchTarget, ending: Ending, waitMs: number) => void;
};

/**
 * Reads the objects of each namespace that enters a watch's selection, and reports those of each that leaves as left. Never while a
 * snapshot is compared: the comparison finds what moved until then.
 */
export async function reconcileNamespaces(
  deps: ReconcileDeps,
  target: WatchTarget,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    // Before looking: what changes meanwhile is looked at again.
    const changed = deps.changed.wait(signal);
    await deps.serially(() => moveAll(deps, target, signal));
    await changed;
  }
}

async function moveAll(
  deps: ReconcileDeps,
  target: WatchTarget,
  signal: AbortSignal,
): Promise<void> {
  const { detector, ledger, view } = deps;
  while (!signal.aborted && !detector.isComparing()) {
    const move = view.next();
    if (move === undefined) {
      ledger.namespacesPassed(view.position());
      return;
    }
    const { namespace } = move;
    if (move.move === "left") {
      await deps.offer(detector.leaving(namespace, deps.clock.wallMs()));
    } else await readNamespace(deps, { ...target, namespace }, signal);
  }
}

/** Until it is read completely: objects in it that do not change would never be reported otherwise. */
async function readNamespace(
  deps: ReconcileDeps,
  target: WatchTarget,
  signal: AbortSignal,
): Promise<void> {
  const question = {
    target,
    ask: (asked: WatchTarget) => offerAll(deps, asked, signal),
    mayRetry: ({ ending, reaction, waitMs }: FailedAttempt): boolean => {
      // The resource is no longer served: the watch itself handles that.
      if (reaction.state === "absent") return false;
      deps.namespaceUnread(target, ending, waitMs);
      return true;
    },
  };
  await askUntilAnswered(deps, question, signal);
}

async function offerAll(
  deps: ReconcileDeps,
  target: WatchTarget,
  signal: AbortSignal,
): Promise<Attempt<"offered">> {
  for await (const part of listAll(deps, target, signal)) {
    if (part.type === "LISTED" || signal.aborted) break;
    if (part.type === "ENDED") return { ending: part.ending };
    if (part.type === "RESTARTED") continue;
    const readAtMs = deps.clock.wallMs();
    for (const item of part.items) {
      const read = readObject(item, target.resource, target.projection);
      if (!read.ok) continue;
      await deps.offer(deps.detector.entered({ read: read.value, readAtMs }));
    }
  }
  return { answer: "offered" };
}
