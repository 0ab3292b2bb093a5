import { KubemendError } from "../core/errors.ts";
import { mapAhead, readAhead } from "./runtime/read-ahead.ts";
import { listPredecessor } from "./list-predecessor.ts";
import { confirmDeletion, isSelective } from "./detect/confirm-deletion.ts";
import type { Change } from "./detect/change.ts";
import { reconcileNamespaces } from "./namespaces/reconcile.ts";
import type { WatchLedger } from "./delivery/watch-ledger.ts";
import { createNotifier } from "./runtime/notifier.ts";
import type { Leadership } from "./handover/leadership.ts";
import { NamespaceView } from "./namespaces/selection.ts";
import type { NamespaceDirectory } from "./namespaces/directory.ts";
import type { PlannedWatch } from "./plan/planned-watch.ts";
import type { Publisher } from "./delivery/publisher.ts";
import { describeInterruption, type Report } from "./observe/report.ts";
import { runTogether } from "./runtime/run-together.ts";
import { createSerialQueue } from "./runtime/serial-queue.ts";
import { reflect } from "./reflector/reflect.ts";
import { nextStatus, STARTING, type WatchStatus } from "./observe/watch-status.ts";
import type { Ending } from "./reflector/ending.ts";
import type { WatchStep } from "./reflector/step.ts";
import type { WatchDeps } from "./reflector/target.ts";

/** Each question takes a round trip or two; more at once would be felt by the API server. */
const ASKED_AT_ONCE = 16;

export type RunWatchDeps = WatchDeps & {
  readonly watches: readonly PlannedWatch[];
  readonly statuses: Map<string, WatchStatus>;
  readonly report: Report;
  readonly publisher: Pick<Publisher, "offer">;
  readonly ledger: WatchLedger;
  readonly directory: NamespaceDirectory;
  readonly leadership: Pick<Leadership, "news">;
  /** The history went back: nothing of what comes is sent with the epoch that was. */
  readonly raiseEpoch: (signal: AbortSignal) => Promise<void>;
};

/**
 * Reads one watch, and no faster than its changes find room on their way to the queue. Where namespaces are selected by
 * label, it begins when these are known, and deals with objects and with namespaces in turns.
 * Ends when it is stopped; throws `Forbidden` where no watch at all may be read.
 */
export async function follow(
  deps: RunWatchDeps,
  watch: PlannedWatch,
  signal: AbortSignal,
): Promise<void> {
  if (watch.namespaceSelector === undefined) {
    if (isSelective(watch.target)) await readAndAsk(deps, watch, signal);
    else await readSteps(deps, watch, (step) => take(deps, watch, { step }, signal), signal);
    return;
  }
  const { directory, ledger } = deps;
  const view = new NamespaceView(directory, watch.namespaceSelector);
  const news = createNotifier();
  directory.subscribe(news.notify);
  while (!directory.isKnown() && !signal.aborted) await news.wait(signal);
  const turns = createSerialQueue();
  const offer = (changes: Iterable<Change>): Promise<void> =>
    offerAll(deps, watch, { changes, view }, signal);
  const work = async (step: WatchStep, stop: AbortSignal): Promise<void> => {
    await turns(() => take(deps, watch, { step, view }, stop));
    // Namespaces wait while a snapshot is compared.
    if (step.type === "snapshotEnded") news.notify();
  };
  await runTogether(
    [
      (stop) => readSteps(deps, watch, (step) => work(step, stop), stop),
      (stop) => reconcileNamespaces({ ...deps, ledger, view, news, turns, offer }, watch.target, stop),
    ],
    signal,
  );
}

async function readSteps(
  deps: RunWatchDeps,
  watch: PlannedWatch,
  work: (step: WatchStep) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  for await (const step of begin(deps, watch, signal)) {
    await work(step);
    if (signal.aborted) return;
  }
}

/** The watch's steps, from where its ledger begins, as soon as that may be said. */
async function* begin(
  deps: RunWatchDeps,
  watch: PlannedWatch,
  signal: AbortSignal,
): AsyncGenerator<WatchStep, void> {
  while (!deps.ledger.mayBegin() && !signal.aborted) await deps.leadership.news.wait(signal);
  if (signal.aborted) return;
  yield* reflect(deps, watch.target, deps.ledger.start(), signal);
}

/** A mass deletion is asked about while it is still being read; told, and passed, in the order of the stream. */
async function readAndAsk(
  deps: RunWatchDeps,
  watch: PlannedWatch,
  signal: AbortSignal,
): Promise<void> {
  const ask = (step: WatchStep, before: readonly WatchStep[]): Asked | undefined => {
    if (!canBeAskedNow(step, before)) return undefined;
    const changes = [...deps.ledger.changes(step)];
    const answers = changes.map((change) => confirm(deps, watch, { change }, signal));
    for (const answer of answers) answer.catch(() => undefined);
    return { changes, answers };
  };
  const steps = begin(deps, watch, signal);
  for await (const { item: step, prepared: asked } of readAhead(steps, ASKED_AT_ONCE, ask)) {
    await take(deps, watch, { step, asked }, signal);
    if (signal.aborted) return;
  }
}

/** What is news in a deletion, and what the cluster says of it: asked ahead of its turn. */
type Asked = {
  readonly changes: readonly Change[];
  readonly answers: readonly Promise<Change | undefined>[];
};

/** A deletion of which nothing before it in the stream tells, so that what is known of the object stands. */
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

async function take(
  deps: RunWatchDeps,
  watch: PlannedWatch,
  taken: {
    readonly step: WatchStep;
    readonly view?: NamespaceView;
    readonly asked?: Asked | undefined;
  },
  signal: AbortSignal,
): Promise<void> {
  const { step, view, asked } = taken;
  if (step.type === "snapshotStarted") {
    if (step.replace) await deps.raiseEpoch(signal);
    if (signal.aborted) return;
    view?.adopt();
    if (view !== undefined) deps.ledger.namespacesPassed(view.position());
    const handoverGap = (ending: Ending): void => deps.report.handoverGap(watch, ending);
    const isSelected = (namespace: string): boolean => view?.isSelected(namespace) ?? true;
    await listPredecessor({ ...deps, handoverGap }, watch.target, isSelected, signal);
    if (signal.aborted) return;
  }
  if (step.type === "snapshotEnded" && deps.ledger.foundRollback()) {
    deps.report.rolledBack(watch);
    await deps.raiseEpoch(signal);
    if (signal.aborted) return;
  }
  if (!isOutside(step, view)) {
    const changes = asked?.changes ?? deps.ledger.changes(step);
    await offerAll(deps, watch, { changes, view, answers: asked?.answers }, signal);
    // Stopped while it waited for room: the step is not done, and comes again after the next start.
    if (signal.aborted) return;
  }
  deps.ledger.passed(step);
  deps.report.step(watch, step);
  deps.statuses.set(watch.key, nextStatus(deps.statuses.get(watch.key) ?? STARTING, step));
  refuseIfAllForbidden(deps, watch, step);
}

/** An object that is there, in a namespace that is not selected. What is gone has been told before, or is told now. */
function isOutside(step: WatchStep, view: NamespaceView | undefined): boolean {
  if (view === undefined) return false;
  if (step.type === "changed" && step.event === "DELETED") return false;
  if (step.type !== "listed" && step.type !== "changed") return false;
  return !view.isSelected(step.read.namespace);
}

async function offerAll(
  deps: RunWatchDeps,
  watch: PlannedWatch,
  told: {
    readonly changes: Iterable<Change>;
    readonly view: NamespaceView | undefined;
    readonly answers?: readonly Promise<Change | undefined>[] | undefined;
  },
  signal: AbortSignal,
): Promise<void> {
  const { changes, view } = told;
  if (view === undefined && !isSelective(watch.target)) {
    for (const change of changes) await deps.publisher.offer(change, signal);
    return;
  }
  const ask = (change: Change): Promise<Change | undefined> =>
    confirm(deps, watch, { change, view }, signal);
  const answers = told.answers ?? mapAhead(changes, ASKED_AT_ONCE, ask);
  for await (const sure of answers) {
    if (signal.aborted) return;
    if (sure === undefined) continue;
    const namespaceState = view?.find(sure.namespace);
    await deps.publisher.offer({ ...sure, namespaceState }, signal);
  }
}

/** Asks the cluster about a deletion that may be none; all other changes are sure. */
async function confirm(
  deps: RunWatchDeps,
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
  };
  return confirmDeletion(confirming, watch.target, change, signal);
}

/** One forbidden watch does not stop the others; a token that may read nothing at all is a mistake to be told at once. */
function refuseIfAllForbidden(deps: RunWatchDeps, watch: PlannedWatch, step: WatchStep): void {
  if (step.type !== "interrupted" || step.reaction.state !== "forbidden") return;
  const statuses = deps.watches.map(({ key }) => deps.statuses.get(key) ?? STARTING);
  if (!statuses.every(({ state, ready }) => state === "forbidden" && !ready)) return;
  const others = deps.watches.length - 1;
  const more = others === 0 ? "" : `; and ${others} more, so nothing is left to watch`;
  throw new KubemendError("Forbidden", describeInterruption(watch, step.ending) + more, {
    retryable: false,
    status: 403,
  });
}
