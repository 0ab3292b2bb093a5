import type { Delivery } from "./delivery/delivery.ts";
import type { Change } from "./detect/change.ts";
import { confirmDeletion, isSelective } from "./detect/confirm-deletion.ts";
import type { NamespaceView } from "./namespaces/selection.ts";
import type { Report } from "./observe/report.ts";
import type { PlannedWatch } from "./plan/planned-watch.ts";
import type { WatchDeps } from "./reflector/target.ts";
import { mapAhead } from "./runtime/read-ahead.ts";

/** Each question takes a round trip or two; more at once would be a burden on the API server. */
export const ASKED_AT_ONCE = 16;

export type OfferDeps = WatchDeps & {
  readonly delivery: Pick<Delivery, "offer">;
  readonly report: Pick<Report, "confirmed" | "unconfirmed" | "unanswerable">;
};

export type OfferedChanges = {
  readonly changes: Iterable<Change>;
  /** If the watch selects namespaces by label. */
  readonly view: NamespaceView | undefined;
  /** Confirmations that were requested ahead of time, one for each change. */
  readonly answers?: readonly Promise<Change | undefined>[] | undefined;
};

/** Offers changes for delivery in their order, each once it is certain. Waits while the buffer is full. */
export async function offerChanges(
  deps: OfferDeps,
  watch: PlannedWatch,
  offered: OfferedChanges,
  signal: AbortSignal,
): Promise<void> {
  const { changes, view } = offered;
  if (view === undefined && !isSelective(watch.target)) {
    for (const change of changes) await deps.delivery.offer(change, signal);
    return;
  }
  const ask = (change: Change): Promise<Change | undefined> =>
    confirmChange(deps, watch, { change, view }, signal);
  const answers = offered.answers ?? mapAhead(changes, ASKED_AT_ONCE, ask);
  for await (const confirmed of answers) {
    if (signal.aborted) return;
    if (confirmed === undefined) continue;
    const namespaceState = view?.find(confirmed.namespace);
    await deps.delivery.offer({ ...confirmed, namespaceState }, signal);
  }
}

/** Asks the cluster about a deletion that may not be one; all other changes are certain. */
export async function confirmChange(
  deps: OfferDeps,
  watch: PlannedWatch,
  doubt: { readonly change: Change; readonly view?: NamespaceView | undefined },
  signal: AbortSignal,
): Promise<Change | undefined> {
  const { change, view } = doubt;
  const outside = view !== undefined && !view.isSelected(change.namespace);
  if (change.change !== "deleted" || (!outside && !isSelective(watch.target))) return change;
  const confirming = {
    ...deps,
    outside,
    confirmed: deps.report.confirmed.bind(undefined, watch),
    unconfirmed: deps.report.unconfirmed.bind(undefined, watch),
    unanswerable: deps.report.unanswerable.bind(undefined, watch),
  };
  return confirmDeletion(confirming, watch.target, change, signal);
}
