import type { ComparisonCounts, MirrorSpec, MirrorStatus } from "../../../events/mirrors/mirror.ts";
import type { TransferMessage } from "../../../events/transfer.ts";
import type { MirrorStore } from "../../../adapters/kubernetes/mirror/mirror-store.ts";
import type { MessageVerdict } from "../../../adapters/lambda/message-verdict.ts";
import type { MessageContext } from "../../../adapters/lambda/sqs-process.ts";
import type { SqsEntry } from "../../../adapters/sqs/send-batch.ts";
import {
  beginComparison,
  continueComparison,
  endComparison,
  isInProgress,
} from "../../../core/mirror/state/comparison.ts";
import { probeTarget, TargetFailure } from "../copy/target-failure.ts";
import type { MirrorWork } from "../copy/transfer-context.ts";
import { askEach } from "./ask-each.ts";
import { comparePart, type PartDeps } from "./compare-part.ts";
import { parseCursor, toPart, type Cursor } from "./cursor.ts";
import { findLists } from "./find-lists.ts";
import type { Difference } from "./judge-orphan.ts";
import { removeMisplaced } from "./remove-misplaced.ts";
import { toAsked, toNext } from "./to-entries.ts";

export type CompareDeps = {
  readonly mirrors: Pick<MirrorStore, "change">;
  readonly states: {
    /** The target could not be reached. */
    readonly noteAway: (
      mirror: MirrorSpec,
      reason: string,
      signal: AbortSignal,
    ) => Promise<boolean>;
  };
  /** Sends messages to `transfers.fifo`; throws if one of them was not accepted. */
  readonly send: (entries: readonly SqsEntry[], signal: AbortSignal) => Promise<void>;
  /** ms since the epoch. */
  readonly now: () => number;
};

export type CompareTask = {
  readonly message: TransferMessage;
  readonly mirror: MirrorSpec;
  /** Connects the target. */
  readonly connect: (signal: AbortSignal) => Promise<MirrorWork>;
};

/** A part of a comparison lists for no longer than this, because the messages of its batch are acknowledged with it. */
const SLICE_MS = 5_000;

const DONE: MessageVerdict = { outcome: "done" };

/**
 * Compares all objects of a rule with their copies in one target, and asks for each that differs to be looked at, with a message of its
 * own. Continues in another message if it takes longer than a few seconds. If the target is away, the comparison ends, and the sweep begins
 * it again: a message of this kind is never tried again.
 */
export async function compare(
  deps: CompareDeps,
  task: CompareTask,
  context: MessageContext,
): Promise<MessageVerdict> {
  const { mirror, message } = task;
  const { signal, telemetry } = context;
  const { compare: asked, target } = message.data;
  const cursor = parseCursor(asked?.cursor);
  if (asked === undefined || cursor === undefined) return UNREADABLE;
  try {
    const work = await task.connect(signal);
    // Before anything is stored: a target that does not answer stays Behind.
    await probeTarget(work.target.client, { signal });
    const isOurs = await begin(
      deps,
      task,
      { started: asked.started, isFirst: asked.cursor === undefined },
      signal,
    );
    if (!isOurs) return DONE;
    const next = await run(deps, task, work, cursor, context);
    telemetry.count("Compared", next.cursor.counts.compared - cursor.counts.compared, {
      target: target.name,
    });
    const { counts } = next.cursor;
    const ended = { startedAt: asked.started, digest: work.rule.digest, counts };
    if (next.isEnd) await end(deps, task, ended, signal);
    else await deps.send([toNext(task, asked.started, next.cursor, deps.now())], signal);
    return DONE;
  } catch (error) {
    if (!(error instanceof TargetFailure)) throw error;
    signal.throwIfAborted();
    await deps.states.noteAway(mirror, error.message, signal);
    await abandon(deps, mirror, asked.started, signal);
    telemetry.count("MirrorRetried", 1, { target: target.name });
    return DONE;
  }
}

const UNREADABLE: MessageVerdict = {
  outcome: "poison",
  code: "MalformedMessage",
  reason: "the cursor of the comparison cannot be read",
};

/** Stores that the comparison begins or continues; false if another one has replaced it. */
function begin(
  { mirrors, now }: CompareDeps,
  { mirror }: CompareTask,
  { started, isFirst }: { readonly started: string; readonly isFirst: boolean },
  signal: AbortSignal,
): Promise<boolean> {
  const at = new Date(now()).toISOString();
  return mirrors.change(
    mirror,
    (status, request) => {
      const next = isFirst
        ? beginComparison(status, { startedAt: started, now: at, request })
        : isInProgress(status, started)
          ? continueComparison(status, at)
          : undefined;
      return next === undefined
        ? { outcome: "keep", answer: false }
        : { outcome: "write", status: next, answer: true };
    },
    signal,
  );
}

/** Changes the status if the comparison is still in progress. */
function changeInProgress(
  { mirrors }: CompareDeps,
  mirror: MirrorSpec,
  started: string,
  change: (status: MirrorStatus) => MirrorStatus,
  signal: AbortSignal,
): Promise<void> {
  return mirrors.change(
    mirror,
    (status) =>
      isInProgress(status, started)
        ? { outcome: "write", status: change(status), answer: undefined }
        : { outcome: "keep", answer: undefined },
    signal,
  );
}

function end(
  deps: CompareDeps,
  { mirror }: CompareTask,
  ended: { readonly startedAt: string; readonly digest: string; readonly counts: ComparisonCounts },
  signal: AbortSignal,
): Promise<void> {
  const change = (status: MirrorStatus): MirrorStatus =>
    endComparison(status, { ...ended, now: new Date(deps.now()).toISOString() });
  return changeInProgress(deps, mirror, ended.startedAt, change, signal);
}

/** The comparison is no longer in progress, so that the sweep begins it again. */
function abandon(
  deps: CompareDeps,
  mirror: MirrorSpec,
  started: string,
  signal: AbortSignal,
): Promise<void> {
  return changeInProgress(deps, mirror, started, withoutComparison, signal);
}

function withoutComparison({ comparison: _ended, ...kept }: MirrorStatus): MirrorStatus {
  return kept;
}

type Run = { readonly cursor: Cursor; readonly isEnd: boolean };

async function run(
  deps: CompareDeps,
  task: CompareTask,
  work: MirrorWork,
  begin: Cursor,
  context: MessageContext,
): Promise<Run> {
  const { signal } = context;
  const { rule, target } = work;
  const lists = await findLists(work, signal);
  // Each change of an object says so in a record; there is nothing to compare.
  if (!lists.ok) return { cursor: begin, isEnd: true };
  // What was read until here may take long, and each part of a comparison has to read it.
  const stopMs = deps.now() + SLICE_MS;
  const isOver = (): boolean => deps.now() >= stopMs;
  const { parts, versions, ...read } = lists.value;
  const asking = {
    send: deps.send,
    toEntry: (one: Difference) => toAsked(task, versions.read, one, deps.now()),
    rule: rule.id,
    target: target.name,
  };
  let cursor = begin;
  for (let part = parts[cursor.part]; part !== undefined; part = parts[cursor.part]) {
    const partDeps: PartDeps = {
      context: { work, versions, ...read },
      ...part,
      ask: (differences) => askEach(asking, differences, context),
      remove: (misplaced) =>
        removeMisplaced({ work, type: versions.write, isOver }, misplaced, context),
      isOver,
    };
    cursor = await comparePart(partDeps, cursor, signal);
    if (!(cursor.source.isDone && cursor.target.isDone)) return { cursor, isEnd: false };
    cursor = toPart(cursor.part + 1, cursor.counts);
    if (isOver()) return { cursor, isEnd: parts[cursor.part] === undefined };
  }
  return { cursor, isEnd: true };
}
