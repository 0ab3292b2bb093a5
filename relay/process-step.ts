import { KubemendError } from "../core/errors.ts";
import type { Delivery } from "./delivery/delivery.ts";
import type { WatchLedger } from "./delivery/watch-ledger.ts";
import type { Change } from "./detect/change.ts";
import type { ChangeDetector } from "./detect/change-detector.ts";
import type { FieldDigester } from "./detect/digest-fields.ts";
import type { Predecessor } from "./handover/predecessor.ts";
import { listPredecessor } from "./list-predecessor.ts";
import type { NamespaceView } from "./namespaces/selection.ts";
import { describeInterruption } from "./observe/describe-interruption.ts";
import type { Report } from "./observe/report.ts";
import type { RunState } from "./observe/run-state.ts";
import { nextStatus, STARTING } from "./observe/watch-status.ts";
import { offerChanges } from "./offer-changes.ts";
import type { PlannedWatch } from "./plan/planned-watch.ts";
import type { Ending } from "./reflector/ending.ts";
import type { WatchStep } from "./reflector/step.ts";
import type { WatchDeps } from "./reflector/target.ts";

/** A planned watch, with what it takes over from the previous leader. */
export type RunningWatch = PlannedWatch & {
  readonly predecessor: Predecessor;
  /** Set if rules of the watch compare fields. */
  readonly digester?: FieldDigester | undefined;
};

/** One watch with its stages: what changed (`detector`), and what became of that (`delivery`, `ledger`). */
export type WatchRun = WatchDeps & {
  readonly watch: RunningWatch;
  readonly detector: ChangeDetector;
  readonly delivery: Pick<Delivery, "offer">;
  readonly ledger: WatchLedger;
  /** All watches of this relay. */
  readonly watches: readonly PlannedWatch[];
  readonly state: Pick<RunState, "statuses">;
  readonly report: Report;
  /** After an etcd rollback: nothing that follows is sent with the previous epoch. */
  readonly raiseEpoch: (signal: AbortSignal) => Promise<void>;
};

/** The changes in a deletion, and the cluster's answers about them, requested ahead of time. */
export type Asked = {
  readonly changes: readonly Change[];
  readonly answers: readonly Promise<Change | undefined>[];
};

type Processed = {
  readonly step: WatchStep;
  readonly view?: NamespaceView;
  readonly asked?: Asked | undefined;
};

/** One step of a watch's stream: its changes are detected and offered for delivery, and then the stream is past it. */
export async function processStep(
  run: WatchRun,
  { step, view, asked }: Processed,
  signal: AbortSignal,
): Promise<void> {
  const { detector, ledger, report, watch } = run;
  if (step.type === "snapshotStarted") await prepareSnapshot(run, { step, view }, signal);
  if (step.type === "snapshotEnded" && detector.foundRollback()) {
    report.rolledBack(watch);
    await run.raiseEpoch(signal);
  }
  if (signal.aborted) return;
  if (!isOutside(step, view)) {
    const changes = asked?.changes ?? detector.changes(step);
    await offerChanges(run, watch, { changes, view, answers: asked?.answers }, signal);
    // Stopped while it waited for room: the step is not finished, and is read again after the next start.
    if (signal.aborted) return;
  }
  ledger.passed(step);
  if (step.type === "snapshotEnded") detector.compared();
  report.step(watch, step);
  const { statuses } = run.state;
  statuses.set(watch.key, nextStatus(statuses.get(watch.key) ?? STARTING, step));
  refuseIfAllForbidden(run, step);
}

async function prepareSnapshot(
  run: WatchRun,
  snapshot: {
    readonly step: Extract<WatchStep, { type: "snapshotStarted" }>;
    readonly view?: NamespaceView | undefined;
  },
  signal: AbortSignal,
): Promise<void> {
  const { ledger, report, watch } = run;
  const { step, view } = snapshot;
  if (step.replace) await run.raiseEpoch(signal);
  if (signal.aborted) return;
  view?.adopt();
  if (view !== undefined) ledger.namespacesPassed(view.position());
  const { predecessor } = watch;
  const handoverGap = (ending: Ending): void => report.handoverGap(watch, ending);
  const isSelected = (namespace: string): boolean => view?.isSelected(namespace) ?? true;
  await listPredecessor({ ...run, predecessor, handoverGap }, watch.target, isSelected, signal);
  if (!signal.aborted) ledger.snapshotStarted(step);
}

/** An existing object in a namespace that is not selected. A deletion is not: it has been reported before, or is reported now. */
function isOutside(step: WatchStep, view: NamespaceView | undefined): boolean {
  if (view === undefined) return false;
  if (step.type === "changed" && step.event === "DELETED") return false;
  if (step.type !== "listed" && step.type !== "changed") return false;
  return !view.isSelected(step.read.namespace);
}

/** One forbidden watch does not stop the others; credentials that may read nothing at all are a mistake to report at once. */
function refuseIfAllForbidden(run: WatchRun, step: WatchStep): void {
  if (step.type !== "interrupted" || step.reaction.state !== "forbidden") return;
  const statuses = run.watches.map(({ key }) => run.state.statuses.get(key) ?? STARTING);
  if (!statuses.every(({ state, ready }) => state === "forbidden" && !ready)) return;
  const others = run.watches.length - 1;
  const more = others === 0 ? "" : `; and ${others} more, so nothing is left to watch`;
  throw new KubemendError("Forbidden", describeInterruption(run.watch, step.ending) + more, {
    retryable: false,
    status: 403,
  });
}
