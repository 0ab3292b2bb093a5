import { KubemendError } from "../core/errors.ts";
import type { Delivery } from "./delivery/delivery.ts";
import type { WatchLedger } from "./delivery/watch-ledger.ts";
import type { Change } from "./detect/change.ts";
import { isSelective } from "./detect/confirm-deletion.ts";
import type { Leadership } from "./handover/leadership.ts";
import { listPredecessor } from "./list-predecessor.ts";
import type { NamespaceDirectory } from "./namespaces/directory.ts";
import { reconcileNamespaces } from "./namespaces/reconcile.ts";
import { NamespaceView } from "./namespaces/selection.ts";
import { describeInterruption } from "./observe/describe-interruption.ts";
import type { Report } from "./observe/report.ts";
import { nextStatus, STARTING, type WatchStatus } from "./observe/watch-status.ts";
import { ASKED_AT_ONCE, confirmChange, offerChanges } from "./offer-changes.ts";
import type { PlannedWatch } from "./plan/planned-watch.ts";
import type { Ending } from "./reflector/ending.ts";
import { reflect } from "./reflector/reflect.ts";
import type { WatchStep } from "./reflector/step.ts";
import type { WatchDeps } from "./reflector/target.ts";
import { createNotifier } from "./runtime/notifier.ts";
import { readAhead } from "./runtime/read-ahead.ts";
import { runTogether } from "./runtime/run-together.ts";
import { createSerialQueue } from "./runtime/serial-queue.ts";

export type RunWatchDeps = WatchDeps & {
  readonly watches: readonly PlannedWatch[];
  readonly statuses: Map<string, WatchStatus>;
  readonly report: Report;
  readonly delivery: Pick<Delivery, "offer" | "ledger">;
  readonly directory: NamespaceDirectory;
  readonly leadership: Pick<Leadership, "changed">;
  /** After an etcd rollback: nothing that follows is sent with the previous epoch. */
  readonly raiseEpoch: (signal: AbortSignal) => Promise<void>;
};

type WatchRun = RunWatchDeps & { readonly watch: PlannedWatch; readonly ledger: WatchLedger };

/**
 * Reads one watch, no faster than its changes find room on their way to the queue. If namespaces are selected by label, it begins when
 * these are known, and processes objects and namespaces one after the other.
 * Ends when it is stopped; throws `Forbidden` if no watch at all may be read.
 */
export async function runWatch(
  deps: RunWatchDeps,
  watch: PlannedWatch,
  signal: AbortSignal,
): Promise<void> {
  const run: WatchRun = { ...deps, watch, ledger: deps.delivery.ledger(watch.key) };
  if (watch.namespaceSelector !== undefined) {
    const view = new NamespaceView(deps.directory, watch.namespaceSelector);
    await runWithNamespaces(run, view, signal);
  } else if (isSelective(watch.target)) await readAndAsk(run, signal);
  else await readSteps(run, (step) => processStep(run, { step }, signal), signal);
}

async function runWithNamespaces(
  run: WatchRun,
  view: NamespaceView,
  signal: AbortSignal,
): Promise<void> {
  const { directory, report, watch } = run;
  const changed = createNotifier();
  directory.subscribe(changed.notify);
  while (!directory.isKnown() && !signal.aborted) await changed.wait(signal);
  const serially = createSerialQueue();
  const offer = (changes: Iterable<Change>): Promise<void> =>
    offerChanges(run, watch, { changes, view }, signal);
  const work = async (step: WatchStep, stop: AbortSignal): Promise<void> => {
    await serially(() => processStep(run, { step, view }, stop));
    // Namespaces wait while a snapshot is compared.
    if (step.type === "snapshotEnded") changed.notify();
  };
  const { namespaceUnread } = report;
  const reconciling = { ...run, view, changed, serially, offer, namespaceUnread };
  await runTogether(
    [
      (stop) => readSteps(run, (step) => work(step, stop), stop),
      (stop) => reconcileNamespaces(reconciling, watch.target, stop),
    ],
    signal,
  );
}

async function readSteps(
  run: WatchRun,
  work: (step: WatchStep) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  for await (const step of begin(run, signal)) {
    await work(step);
    if (signal.aborted) return;
  }
}

/** The watch's steps, from where its ledger begins, as soon as that is known. */
async function* begin(run: WatchRun, signal: AbortSignal): AsyncGenerator<WatchStep, void> {
  const { ledger, leadership, watch } = run;
  while (!ledger.mayBegin() && !signal.aborted) await leadership.changed.wait(signal);
  if (signal.aborted) return;
  yield* reflect(run, watch.target, ledger.start(), signal);
}

/** Asks about a mass deletion while it is still being read; changes and checkpoint keep the order of the stream. */
async function readAndAsk(run: WatchRun, signal: AbortSignal): Promise<void> {
  const ask = (step: WatchStep, before: readonly WatchStep[]): Asked | undefined => {
    if (!canBeAskedNow(step, before)) return undefined;
    const changes = [...run.ledger.changes(step)];
    const answers = changes.map((change) => confirmChange(run, run.watch, { change }, signal));
    for (const answer of answers) answer.catch(() => undefined);
    return { changes, answers };
  };
  const steps = begin(run, signal);
  for await (const { item: step, prepared: asked } of readAhead(steps, ASKED_AT_ONCE, ask)) {
    await processStep(run, { step, asked }, signal);
    if (signal.aborted) return;
  }
}

/** The changes in a deletion, and the cluster's answers about them, requested ahead of time. */
type Asked = {
  readonly changes: readonly Change[];
  readonly answers: readonly Promise<Change | undefined>[];
};

/** A deletion with no earlier unprocessed step for the same object: what is known of the object will not change before it. */
function canBeAskedNow(step: WatchStep, before: readonly WatchStep[]): boolean {
  if (step.type !== "changed" || step.event !== "DELETED") return false;
  const { namespace, name } = step.read;
  return before.every(
    (other) =>
      other.type === "bookmark" ||
      (other.type === "changed" &&
        (other.read.namespace !== namespace || other.read.name !== name)),
  );
}

type Processed = {
  readonly step: WatchStep;
  readonly view?: NamespaceView;
  readonly asked?: Asked | undefined;
};

async function processStep(
  run: WatchRun,
  { step, view, asked }: Processed,
  signal: AbortSignal,
): Promise<void> {
  const { ledger, report, statuses, watch } = run;
  if (step.type === "snapshotStarted") await prepareSnapshot(run, { step, view }, signal);
  if (step.type === "snapshotEnded" && ledger.detector.foundRollback()) {
    report.rolledBack(watch);
    await run.raiseEpoch(signal);
  }
  if (signal.aborted) return;
  if (!isOutside(step, view)) {
    const changes = asked?.changes ?? ledger.changes(step);
    await offerChanges(run, watch, { changes, view, answers: asked?.answers }, signal);
    // Stopped while it waited for room: the step is not finished, and is read again after the next start.
    if (signal.aborted) return;
  }
  ledger.passed(step);
  report.step(watch, step);
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
  const { predecessor } = ledger;
  const handoverGap = (ending: Ending): void => report.handoverGap(watch, ending);
  const isSelected = (namespace: string): boolean => view?.isSelected(namespace) ?? true;
  await listPredecessor({ ...run, predecessor, handoverGap }, watch.target, isSelected, signal);
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
  const statuses = run.watches.map(({ key }) => run.statuses.get(key) ?? STARTING);
  if (!statuses.every(({ state, ready }) => state === "forbidden" && !ready)) return;
  const others = run.watches.length - 1;
  const more = others === 0 ? "" : `; and ${others} more, so nothing is left to watch`;
  throw new KubemendError("Forbidden", describeInterruption(run.watch, step.ending) + more, {
    retryable: false,
    status: 403,
  });
}
