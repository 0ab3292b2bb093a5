import { setTimeout as sleep } from "node:timers/promises";
import { isMoveEnded, type Move } from "../../../events/moves/move.ts";
import type { MoveMessage } from "../../../events/transfer.ts";
import type { OpenCluster, OpenClusters } from "../../../adapters/clusters/open-clusters.ts";
import type { MoveStore } from "../../../adapters/kubernetes/move/move-store.ts";
import type { MessageVerdict } from "../../../adapters/lambda/message-verdict.ts";
import type { MessageContext } from "../../../adapters/lambda/sqs-process.ts";
import type { SqsEntry } from "../../../adapters/sqs/send-batch.ts";
import { describeError, isKubemendError } from "../../../core/errors.ts";
import { toProblem, toRefusal } from "../../../core/move/sentences.ts";
import { hasBegun, isToBeRolledBack } from "../../../core/move/status/phase.ts";
import type { Problem } from "../../../core/move/status/problem.ts";
import { toMoveEntry } from "../../../core/move/to-move-message.ts";
import {
  findAllowedFinalizers,
  findUndeclared,
  type DeclaredObject,
} from "../../../core/pipeline/moves/find-undeclared.ts";
import type { PlacedGrant } from "../../../core/pipeline/moves/find-grants.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import { beginRollback, runMove, type MoveSlice } from "../move/run-move.ts";
import { findTarget } from "./find-target.ts";
import { releaseHold, takeHold } from "./hold.ts";
import { storeProblem } from "./store-problem.ts";

export type WorkOnMoveDeps = {
  readonly pipeline: Pick<Pipeline, "clusters">;
  /** The objects that the pipeline lets functions move from this cluster. */
  readonly grants: readonly PlacedGrant[];
  readonly source: Pick<OpenCluster, "name" | "client" | "discovery">;
  readonly open: OpenClusters;
  readonly store: MoveStore;
  /** Sends messages to its own queue; throws if one of them was not accepted. */
  readonly send: (entries: readonly SqsEntry[], signal: AbortSignal) => Promise<void>;
  /** ms since the epoch. */
  readonly now: () => number;
  /** The time after which no further phase begins; default 5 s, because the messages of the batch are acknowledged together. */
  readonly sliceMs?: number | undefined;
  /** The time after which a phase is interrupted; default 10 s. */
  readonly lookMs?: number | undefined;
  /** The pause between two looks at a Move that waits; default 1 s. */
  readonly pauseMs?: number | undefined;
};

const SLICE_MS = 5_000;
const PAUSE_MS = 1_000;
/** A phase that takes longer is interrupted, because the other messages of the batch wait for it, and continued by the next message. */
const LOOK_MS = 10_000;
/** The age of a phase that may need more time than that to end: it is interrupted only so long before the function has to stop. */
const OLD_MS = 60_000;
const RESERVE_MS = 5_000;
/** All functions have one name, because the messages of a Move are processed one after the other. */
const HOLDER = "transfer";
/** Longer than any invocation. */
const HOLD_MS = 90_000;

const DONE: MessageVerdict = { outcome: "done" };

/**
 * Works on the Move of a message, as far as the pipeline allows it. The message is a hint: the Move is read live. If there is more to do
 * at once, another message continues it; one that waits, or has a problem, is looked at again when the sweep asks for it. So the message is
 * acknowledged in any case, and a Move that is stuck delays nothing.
 */
export async function workOnMove(
  deps: WorkOnMoveDeps,
  message: MoveMessage,
  context: MessageContext,
): Promise<MessageVerdict> {
  const { signal, telemetry } = context;
  const { name, uid } = message.data.move;
  const move = await deps.store.find(name, signal);
  if (move?.metadata.uid !== uid || isMoveEnded(move)) return DONE;
  const hold = { ...deps, holder: HOLDER };
  // Whether the pipeline declares it makes no difference to one that has changed nothing.
  if (isToBeRolledBack(move) && !hasBegun(move)) {
    await beginRollback(deps, move, signal);
    await releaseHold(hold, move, signal);
    return DONE;
  }
  const target = await findTarget(deps, move, signal);
  if (!(await takeHold(hold, move, HOLD_MS, signal))) return DONE;
  telemetry.count("MoveWorked");
  if (target === undefined) {
    const unknown = toNotDeclared(name, "moves names no cluster of the uid of its target");
    await storeProblem(deps, move, unknown, signal);
  }
  const isMore = target !== undefined && (await work(deps, { move, target, message }, context));
  if (isMore) await deps.send([toNext(message, deps.now())], signal);
  else await releaseHold(hold, move, signal);
  return DONE;
}

type Task = { readonly move: Move; readonly target: string; readonly message: MoveMessage };

/** Works for a while; true if there is more to do at once. */
async function work(deps: WorkOnMoveDeps, task: Task, context: MessageContext): Promise<boolean> {
  const { move } = task;
  const { name } = move.metadata;
  const undeclared = toUndeclared(deps, task, move, []);
  if (undeclared !== undefined) {
    await storeProblem(deps, move, undeclared, context.signal);
    return false;
  }
  const limit = AbortSignal.timeout(toLimitMs(deps, move, context));
  try {
    const target = await deps.open(task.target, context.signal);
    return await runSlice(deps, { ...task, target }, AbortSignal.any([context.signal, limit]));
  } catch (error) {
    context.signal.throwIfAborted();
    if (limit.aborted) return true;
    if (!isKubemendError(error)) throw error;
    context.telemetry.count("MoveRetried");
    context.telemetry.logger.warn("a Move could not be worked on", {
      move: name,
      detail: describeError(error),
    });
    // Another run has been faster.
    if (error.code === "Conflict") return false;
    const problem = toRefusal(name, error, { step: move.status?.phase ?? "Planning" });
    await storeProblem(deps, move, problem, context.signal);
    return false;
  }
}

function toLimitMs(
  { now, lookMs = LOOK_MS }: WorkOnMoveDeps,
  { status }: Move,
  { deadlineMs }: MessageContext,
): number {
  const allMs = Math.max(0, deadlineMs - Date.now() - RESERVE_MS);
  const isOld = status !== undefined && now() - Date.parse(status.since) > OLD_MS;
  return isOld ? allMs : Math.min(allMs, lookMs);
}

async function runSlice(
  deps: WorkOnMoveDeps,
  task: Omit<Task, "target"> & { readonly target: OpenCluster },
  signal: AbortSignal,
): Promise<boolean> {
  const { move, target, message } = task;
  const { store, now, sliceMs = SLICE_MS, pauseMs = PAUSE_MS } = deps;
  const source = { ...deps.source, uid: message.data.cluster.uid };
  const stopMs = now() + sliceMs;
  const isOver = (): boolean => now() >= stopMs;
  const refuse = (one: Move, objects: readonly DeclaredObject[]): Problem | undefined =>
    toUndeclared(deps, { target: target.name }, one, objects);
  const findRemovable = ({ spec }: Move, objects: readonly DeclaredObject[]): readonly string[] =>
    findAllowedFinalizers(deps.grants, { target: target.name, spec, objects });
  const run = {
    uid: move.metadata.uid,
    sides: { source, target },
    store,
    now,
    isOver,
    refuse,
    findRemovable,
    heedsOptOut: true,
  };
  for (;;) {
    const slice = await runMove(run, move.metadata.name, signal);
    if (slice.outcome === "more") return true;
    if (slice.outcome !== "waits") return false;
    if (isOver()) return hasProgressed(move, slice);
    await sleep(pauseMs, undefined, { signal });
  }
}

function hasProgressed(before: Move, { move: { status } }: MoveSlice): boolean {
  const { phase, counts } = before.status ?? {};
  return phase !== status?.phase || JSON.stringify(counts) !== JSON.stringify(status?.counts);
}

function toUndeclared(
  { grants }: WorkOnMoveDeps,
  { target }: Pick<Task, "target">,
  { metadata: { name }, spec: asked, status }: Move,
  objects: readonly DeclaredObject[],
): Problem | undefined {
  const { removeFinalizers: _added, ...rest } = asked;
  // Finalizers that a person adds later, and that functions may not take off, stop nothing but the deletion of what they hold.
  const spec = hasBegun({ status }) ? rest : asked;
  const reason = findUndeclared(grants, { target, spec, objects });
  return reason === undefined ? undefined : toNotDeclared(name, reason);
}

function toNotDeclared(name: string, reason: string): Problem {
  return toProblem(name, {
    code: "NotDeclared",
    step: "plan",
    reason: `the functions carry out only what the pipeline declares: ${reason}`,
    wayOut: "declare it in moves of the pipeline, or carry it out as yourself",
  });
}

/** The message that continues a Move. A queue drops what it had before, so each has an id of its own. */
function toNext({ id, data: { cluster, move } }: MoveMessage, nowMs: number): SqsEntry {
  return toMoveEntry(cluster, move, { occasion: id, nowMs });
}
