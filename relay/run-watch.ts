import type { Journal } from "../adapters/journal/journal.ts";
import type { Delivery } from "./delivery/delivery.ts";
import type { Change } from "./detect/change.ts";
import { ChangeDetector } from "./detect/change-detector.ts";
import { isSelective } from "./detect/confirm-deletion.ts";
import { KnownObjects } from "./detect/known-objects.ts";
import type { Leadership } from "./handover/leadership.ts";
import type { NamespaceDirectory } from "./namespaces/directory.ts";
import { reconcileNamespaces } from "./namespaces/reconcile.ts";
import { NamespaceView } from "./namespaces/selection.ts";
import { ASKED_AT_ONCE, confirmChange, offerChanges } from "./offer-changes.ts";
import { processStep, type Asked, type RunningWatch, type WatchRun } from "./process-step.ts";
import { reflect } from "./reflector/reflect.ts";
import type { WatchStep } from "./reflector/step.ts";
import { createNotifier } from "./runtime/notifier.ts";
import { readAhead } from "./runtime/read-ahead.ts";
import { runTogether } from "./runtime/run-together.ts";
import { createSerialQueue } from "./runtime/serial-queue.ts";

export type RunWatchDeps = Omit<WatchRun, "watch" | "detector" | "ledger"> & {
  readonly journal: Journal;
  readonly delivery: Pick<Delivery, "offer" | "pending" | "ledger">;
  readonly directory: NamespaceDirectory;
  readonly leadership: Pick<Leadership, "changed">;
};

type Run = WatchRun & RunWatchDeps;

/**
 * Reads one watch, no faster than its changes find room on their way to the queue. If namespaces are selected by label, it begins when
 * these are known, and processes objects and namespaces one after the other.
 * Ends when it is stopped; throws `Forbidden` if no watch at all may be read.
 */
export async function runWatch(
  deps: RunWatchDeps,
  watch: RunningWatch,
  signal: AbortSignal,
): Promise<void> {
  const { delivery, journal } = deps;
  const ledger = delivery.ledger(watch.key);
  const known = new KnownObjects(journal, delivery.pending(), watch.tracked);
  const { tracked, digester } = watch;
  const detector = new ChangeDetector({ watch: tracked, known, progress: ledger, digester });
  const run: Run = { ...deps, watch, detector, ledger };
  if (watch.namespaceSelector !== undefined) {
    const view = new NamespaceView(deps.directory, watch.namespaceSelector);
    await runWithNamespaces(run, view, signal);
  } else if (isSelective(watch.target)) await readAndAsk(run, signal);
  else await readSteps(run, (step) => processStep(run, { step }, signal), signal);
}

async function runWithNamespaces(
  run: Run,
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
  run: Run,
  work: (step: WatchStep) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  for await (const step of begin(run, signal)) {
    await work(step);
    if (signal.aborted) return;
  }
}

/** The watch's steps, from where its ledger begins, as soon as that is known. */
async function* begin(run: Run, signal: AbortSignal): AsyncGenerator<WatchStep, void> {
  const { ledger, leadership, watch } = run;
  while (!ledger.mayBegin() && !signal.aborted) await leadership.changed.wait(signal);
  if (signal.aborted) return;
  yield* reflect(run, watch.target, ledger.start(), signal);
}

/** Asks about a mass deletion while it is still being read; changes and checkpoint keep the order of the stream. */
async function readAndAsk(run: Run, signal: AbortSignal): Promise<void> {
  const ask = (step: WatchStep, before: readonly WatchStep[]): Asked | undefined => {
    if (!canBeAskedNow(step, before)) return undefined;
    const changes = [...run.detector.changes(step)];
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
