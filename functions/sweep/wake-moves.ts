import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { createMoveStore } from "../../adapters/kubernetes/move/move-store.ts";
import type { SqsEntry } from "../../adapters/sqs/send-batch.ts";
import { toMoveEntry } from "../../core/move/to-move-message.ts";
import { findMoveGrants } from "../../core/pipeline/moves/find-grants.ts";
import type { Pipeline } from "../../core/pipeline/pipeline.ts";
import { chooseMoves } from "./choose-moves.ts";

export type WakeMovesDeps = {
  /** The packed pipeline as it is for this cluster; undefined if it certainly has no `moves`. */
  readonly pipeline: () => Promise<Pipeline | undefined>;
  readonly clusterUid: (signal: AbortSignal) => Promise<string>;
  readonly client: KubernetesClient;
  /** The namespace of the Moves. */
  readonly namespace: string;
  /** Sends messages to `transfers.fifo`; throws if one of them was not accepted. */
  readonly send: (entries: readonly SqsEntry[], signal: AbortSignal) => Promise<void>;
  /** ms since the epoch. */
  readonly now: () => number;
};

/** The Moves that have not ended, those of them that wait for a person, and those that were too many to ask for. */
export type MoveReport = {
  readonly moves: number;
  readonly problems: number;
  readonly postponed: number;
};

const MINUTE_MS = 60_000;

/**
 * Asks transfer to work on the Moves that have not ended, that nobody works on at present, and whose turn it is. Two runs in one minute send it once. It is not
 * signed: transfer reads the Move, and does what the pipeline allows.
 */
export async function wakeMoves(
  deps: WakeMovesDeps,
  signal: AbortSignal,
): Promise<MoveReport | undefined> {
  const pipeline = await deps.pipeline();
  if (pipeline === undefined || findMoveGrants(pipeline).length === 0) return undefined;
  const [uid, open] = await Promise.all([
    deps.clusterUid(signal),
    createMoveStore(deps).listOpen(signal),
  ]);
  const nowMs = deps.now();
  const cluster = { name: pipeline.cluster.name, uid };
  const occasion = String(Math.floor(nowMs / MINUTE_MS));
  const { chosen, postponed } = chooseMoves(open, { occasion, nowMs });
  await deps.send(
    chosen.map(({ metadata }) => toMoveEntry(cluster, metadata, { occasion, nowMs })),
    signal,
  );
  const problems = open.filter(({ status }) => status?.problem !== undefined).length;
  return { moves: open.length, problems, postponed };
}
