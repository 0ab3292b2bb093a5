import type { MirrorSpec } from "../../../events/mirrors/mirror.ts";
import type { TransferMessage } from "../../../events/transfer.ts";
import type { MessageVerdict } from "../../../adapters/lambda/message-verdict.ts";
import type { MessageContext } from "../../../adapters/lambda/sqs-process.ts";
import type { SqsEntry } from "../../../adapters/sqs/send-batch.ts";
import { isKubemendError } from "../../../core/errors.ts";
import type { Refusal } from "../../../core/mirror/manifest.ts";
import { isOfConnection, probeTarget, TargetFailure } from "../copy/target-failure.ts";
import type { MirrorWork } from "../copy/transfer-context.ts";
import { askEach } from "./ask-each.ts";
import { comparePart, type PartDeps } from "./compare-part.ts";
import { findLeft, isUnlisted } from "./find-elsewhere.ts";
import { parseCursor, toPart, type Cursor } from "./cursor.ts";
import { findLists, type Lists } from "./find-lists.ts";
import type { Difference } from "./judge-orphan.ts";
import {
  endProgress,
  failProgress,
  saveProgress,
  takeProgress,
  type Begun,
  type ProgressDeps,
} from "./progress.ts";
import { noteUnlisted } from "./note-unlisted.ts";
import { noteUnrecognized } from "./note-unrecognized.ts";
import { removeMisplaced } from "./remove-misplaced.ts";
import { toAsked, toNext } from "./to-entries.ts";

export type CompareDeps = ProgressDeps & {
  readonly states: {
    /** The target could not be reached. */
    readonly noteAway: (
      mirror: MirrorSpec,
      reason: string,
      signal: AbortSignal,
    ) => Promise<boolean>;
  };
  readonly problems: {
    /** Objects of the mirror whose last failure is kept in a record. */
    readonly findFailing: (
      mirror: MirrorSpec,
      signal: AbortSignal,
    ) => Promise<readonly Difference[]>;
  };
  /** Sends messages to `transfers.fifo`; throws if one of them was not accepted. */
  readonly send: (entries: readonly SqsEntry[], signal: AbortSignal) => Promise<void>;
};

export type CompareTask = {
  readonly message: TransferMessage;
  /** The comparison that the message is about, by the time at which it began. */
  readonly started: string;
  readonly mirror: MirrorSpec;
  /** Connects the target. */
  readonly connect: (signal: AbortSignal) => Promise<MirrorWork>;
};

/** A part of a comparison lists for no longer than this, because the messages of its batch are acknowledged with it. */
const SLICE_MS = 5_000;

const DONE: MessageVerdict = { outcome: "done" };

/**
 * Compares all objects of a rule with their copies in one target, and asks for each that differs to be looked at, with a message of its
 * own; in the end also for each whose failure is in a record, so that the record ends when there is nothing left of object and copy.
 * Continues with another message if it takes longer than a few seconds. Its progress is stored in the Mirror: a message only says that it is
 * to begin or continue. If the target is away, the comparison ends, and the sweep begins it again.
 */
export async function compare(
  deps: CompareDeps,
  task: CompareTask,
  context: MessageContext,
): Promise<MessageVerdict> {
  const { mirror, started } = task;
  const { signal, telemetry } = context;
  const counted = { target: mirror.target };
  let isBegun = false;
  try {
    const work = await task.connect(signal);
    // Before anything is stored: a target that does not answer stays Behind.
    await probeTarget(work.target.client, { signal });
    const begun = await takeProgress(deps, { mirror, started, work }, signal);
    if (begun === undefined) return DONE;
    isBegun = true;
    const { progress } = begun;
    const cursor = parseCursor(progress.cursor);
    const next = await run(deps, { ...task, ...begun }, work, cursor, context);
    if ("refusal" in next) {
      await failProgress(deps, task, { reason: next.refusal.message, isOver: true }, signal);
      return DONE;
    }
    telemetry.count("Compared", next.cursor.counts.compared - cursor.counts.compared, counted);
    if (next.isEnd) {
      const { cursor: end, namespaces } = next;
      const found = { counts: end.counts, namespaces };
      await endProgress(deps, { mirror, progress, work }, found, signal);
      return DONE;
    }
    const step = await saveProgress(deps, { mirror, progress }, next.cursor, signal);
    if (step !== undefined) await deps.send([toNext(task, step, deps.now())], signal);
    return DONE;
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof TargetFailure)) {
      if (isKubemendError(error) && !error.retryable) await fail(deps, task, error, signal);
      throw error;
    }
    // A target that answers, and does not list the objects, is not away: changes are applied.
    const isAway = !isBegun || isOfConnection(error);
    if (isAway) await deps.states.noteAway(mirror, error.message, signal);
    await fail(deps, task, error, signal);
    telemetry.count("MirrorRetried", 1, counted);
    return DONE;
  }
}

function fail(
  deps: CompareDeps,
  task: CompareTask,
  error: Error,
  signal: AbortSignal,
): Promise<void> {
  const isOver = error instanceof TargetFailure;
  return failProgress(deps, task, { reason: error.message, isOver }, signal);
}

type Run = {
  readonly cursor: Cursor;
  readonly isEnd: boolean;
  /** At the end, the namespaces to be remembered. */
  readonly namespaces?: readonly string[] | undefined;
};

async function run(
  deps: CompareDeps,
  task: CompareTask & Begun,
  work: MirrorWork,
  begin: Cursor,
  context: MessageContext,
): Promise<Run | { readonly refusal: Refusal }> {
  const lists = await findLists(work, task.remembered, context.signal);
  // The target may serve the resource a minute later, and until then nothing is in sync.
  if (!lists.ok) return { refusal: lists.error };
  // The reads until here may take long, and each part of a comparison has to make them.
  const stopMs = deps.now() + SLICE_MS;
  const isOver = (): boolean => deps.now() >= stopMs;
  const asking = {
    send: deps.send,
    toEntry: (one: Difference) => toAsked(task, lists.value.versions.read, one, deps.now()),
    rule: work.rule.id,
    target: work.target.name,
  };
  const ask: PartDeps["ask"] = (differences) => askEach(asking, differences, context);
  const slice = { lists: lists.value, ask, isOver };
  const cursor = await compareSlice(slice, work, begin, context);
  if (lists.value.parts[cursor.part] !== undefined) return { cursor, isEnd: false };
  // Of these, neither source nor copy may be left to be listed.
  const failing = await deps.problems.findFailing(task.mirror, context.signal);
  await ask(failing);
  const counts = { ...cursor.counts, failing: failing.length };
  const namespaces = await toRemembered(lists.value, task, work, context);
  return { cursor: { ...cursor, counts }, isEnd: true, namespaces };
}

type Slice = Pick<PartDeps, "ask" | "isOver"> & { readonly lists: Lists };

/** Compares part by part until the time is over; the next part does not exist if all are done. */
async function compareSlice(
  { lists: { parts, versions, catalog, labels }, ask, isOver }: Slice,
  work: MirrorWork,
  begin: Cursor,
  context: MessageContext,
): Promise<Cursor> {
  let cursor = begin;
  for (let part = parts[cursor.part]; part !== undefined; part = parts[cursor.part]) {
    const partDeps: PartDeps = {
      context: { work, versions, catalog, labels },
      ...part,
      ask,
      remove: (misplaced) => removeMisplaced({ work, versions, isOver }, misplaced, context),
      noteUnrecognized: (copies) => noteUnrecognized(work, copies, context),
      isOver,
    };
    cursor = await comparePartOrPass(partDeps, cursor, context);
    if (!(cursor.source.isDone && cursor.target.isDone)) return cursor;
    cursor = toPart(cursor.part + 1, cursor.counts);
    if (isOver()) return cursor;
  }
  return cursor;
}

/** The namespaces in which copies are, for later comparisons; undefined if they are not remembered. */
async function toRemembered(
  { parts, present, isWhole }: Lists,
  task: Begun,
  work: MirrorWork,
  context: MessageContext,
): Promise<readonly string[] | undefined> {
  if (present === undefined) return undefined;
  if (!isWhole && task.isUnknown) noteUnlisted(work, "namespaces besides its own", context);
  const old = isWhole ? [] : parts.flatMap(({ sources, copies }) => (sources ? [] : copies));
  return [...present, ...(await findLeft(old, context.signal))];
}

/** A list of copies at places of an earlier mapping that cannot be read is noted and passed over: the copies of now do not wait for it. */
async function comparePartOrPass(
  deps: PartDeps,
  cursor: Cursor,
  context: MessageContext,
): Promise<Cursor> {
  try {
    return await comparePart(deps, cursor, context.signal);
  } catch (error) {
    const { sources, copies } = deps;
    if (sources !== null || !isUnlisted(error)) throw error;
    context.signal.throwIfAborted();
    noteUnlisted(deps.context.work, `the namespace ${copies.namespace ?? ""}`, context);
    const done = { isDone: true };
    return { ...cursor, source: done, target: done };
  }
}
