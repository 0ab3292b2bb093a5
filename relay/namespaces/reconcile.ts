import { readObject } from "../../core/changes/read-object.ts";
import type { Change } from "../detect/change.ts";
import type { WatchLedger } from "../delivery/watch-ledger.ts";
import type { Notifier } from "../runtime/notifier.ts";
import type { NamespaceView } from "./selection.ts";
import type { Report } from "../observe/report.ts";
import type { SerialQueue } from "../runtime/serial-queue.ts";
import { toBestEncoding, toPlainerEncoding } from "../reflector/encoding.ts";
import { listAll } from "../reflector/list.ts";
import { createBackoff } from "../reflector/backoff.ts";
import { planReaction } from "../reflector/reaction.ts";
import type { WatchDeps, WatchTarget } from "../reflector/target.ts";

export type ReconcileDeps = WatchDeps & {
  readonly ledger: WatchLedger;
  readonly view: NamespaceView;
  /** Namespaces have changed. */
  readonly news: Notifier;
  readonly turns: SerialQueue;
  readonly offer: (changes: Iterable<Change>) => Promise<void>;
  readonly report: Pick<Report, "namespaceUnread">;
};

/**
 * Reads the objects of each namespace that enters a watch's selection, and tells those of each that leaves it as left.
 * Never while a snapshot is being compared: what moved until then is found by that.
 */
export async function reconcileNamespaces(
  deps: ReconcileDeps,
  target: WatchTarget,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    // Before looking: what changes meanwhile is looked at again.
    const changed = deps.news.wait(signal);
    await deps.turns(() => moveAll(deps, target, signal));
    await changed;
  }
}

async function moveAll(
  deps: ReconcileDeps,
  target: WatchTarget,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted && !deps.ledger.isComparing()) {
    const move = deps.view.next();
    if (move === undefined) {
      deps.ledger.namespacesPassed(deps.view.position());
      return;
    }
    const { namespace } = move;
    if (move.move === "left") {
      await deps.offer(deps.ledger.leaving(namespace, deps.clock.wallMs()));
    } else await readNamespace(deps, { ...target, namespace }, signal);
  }
}

/** Until it is read whole: objects of it that do not change would never be told otherwise. */
async function readNamespace(
  deps: ReconcileDeps,
  target: WatchTarget & { readonly namespace: string },
  signal: AbortSignal,
): Promise<void> {
  const { backoffMinMs: minMs, backoffMaxMs: maxMs } = deps.times;
  const pace = createBackoff({ minMs, maxMs }, deps.clock);
  let encoding = toBestEncoding(target);
  while (!signal.aborted) {
    for await (const heard of listAll(deps, { ...target, encoding }, signal)) {
      if (heard.type === "LISTED" || signal.aborted) return;
      if (heard.type === "PAGE") {
        const readAtMs = deps.clock.wallMs();
        for (const item of heard.items) {
          const read = readObject(item, target.resource, target.projection);
          if (read.ok) await deps.offer(deps.ledger.entered({ read: read.value, readAtMs }));
        }
        continue;
      }
      const context = { mode: "listWatch", heard: false, encoding } as const;
      const { atLeastMs, state, plainer } = planReaction(heard.ending, context);
      // The resource is not served any more: the watch itself sees to that.
      if (state === "absent") return;
      if (plainer) encoding = toPlainerEncoding(encoding);
      const waitMs = Math.max(atLeastMs, pace.next({ progressed: false, livedMs: 0 }));
      deps.report.namespaceUnread(target, heard.ending, waitMs);
      await deps.clock.sleep(waitMs, signal);
    }
  }
}
