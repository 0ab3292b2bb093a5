import {
  MOVE_KIND,
  MOVE_RESOURCE,
  moveSchema,
  type Move,
  type MoveSpec,
  type MoveStatus,
} from "../../../events/moves/move.ts";
import {
  MOVE_LABEL,
  MOVE_STEPS_KIND,
  MOVE_STEPS_RESOURCE,
  moveStepsSchema,
  toMoveStepsName,
  type MovedObject,
  type MoveSteps,
} from "../../../events/moves/move-steps.ts";
import { RECORD_API_VERSION } from "../../../events/remediation.ts";
import { isKubemendError, KubemendError } from "../../../core/errors.ts";
import { limitStatus } from "../../../core/move/status/limit-status.ts";
import type { StatusDecision } from "../api/change-status.ts";
import { createStoredCollection, type StoredCollection } from "../api/stored-collection.ts";
import { readStored, type StoredKind } from "../api/stored-objects.ts";
import { deleteUnchanged, isLost } from "../api/unchanged.ts";
import type { KubernetesClient } from "../http/client.ts";
import { keepOpenMove } from "./keep-open-move.ts";
import { readOtherMoves } from "./read-other-moves.ts";

/** The Moves of a cluster, and the objects of each. */
export type MoveStore = {
  readonly find: (name: string, signal: AbortSignal) => Promise<Move | undefined>;
  readonly list: (signal: AbortSignal) => Promise<readonly Move[]>;
  /** Those that have not ended, without their annotations. */
  readonly listOpen: (signal: AbortSignal) => Promise<readonly Move[]>;
  /** Throws `AlreadyExists` if there is one of the name. */
  readonly create: (name: string, spec: MoveSpec, signal: AbortSignal) => Promise<Move>;
  /** Asks for it to be rolled back by the process that carries it out. */
  readonly abort: (move: Move, signal: AbortSignal) => Promise<void>;
  /** Adds to the finalizers that are taken off. Throws `Invalid` if somebody else has added one meanwhile. */
  readonly addFinalizers: (
    move: Move,
    finalizers: readonly string[],
    signal: AbortSignal,
  ) => Promise<void>;
  /**
   * Decides by the newest state of the Move and stores the status that was decided; `decide` may be called again if somebody else writes in
   * between. Throws `NotFound`, terminal, if it was deleted, and `Conflict`, temporary, if others write all the time.
   */
  readonly change: <Answer>(
    move: Move,
    decide: (move: Move) => StatusDecision<MoveStatus, Answer>,
    signal: AbortSignal,
  ) => Promise<Answer>;
  /** The parts of its plan, in their order. */
  readonly readSteps: (move: Move, signal: AbortSignal) => Promise<readonly MoveSteps[]>;
  /** The objects of other Moves that have not ended, by their uids, with the names of these: `NAMESPACE/NAME` of another namespace. */
  readonly readOthers: (move: Move, signal: AbortSignal) => Promise<ReadonlyMap<string, string>>;
  /** Stores a part of a plan; `index` counts from 1. */
  readonly createSteps: (move: Move, part: MovePart, signal: AbortSignal) => Promise<MoveSteps>;
  /** Replaces the objects of a part in the state that was read; undefined if somebody else has written it since. */
  readonly saveSteps: (
    steps: MoveSteps,
    objects: readonly MovedObject[],
    signal: AbortSignal,
  ) => Promise<MoveSteps | undefined>;
  /** Removes the parts of all plans but this one, which has to be that of the Move. Throws `Conflict`, temporary, if it is not. */
  readonly deleteOtherSteps: (move: Move, plan: string, signal: AbortSignal) => Promise<void>;
};

type MovePart = Pick<MoveSteps["spec"], "plan" | "index" | "objects">;

const MOVES: StoredKind<Move> & { readonly resource: string } = {
  kind: MOVE_KIND,
  resource: MOVE_RESOURCE,
  schema: moveSchema,
  uninstalled:
    "the cluster has no Moves: apply infra/crds/moves.yaml and infra/crds/move-steps.yaml, in which a move keeps what it has done",
};

const STEPS: StoredKind<MoveSteps> & { readonly resource: string } = {
  kind: MOVE_STEPS_KIND,
  resource: MOVE_STEPS_RESOURCE,
  schema: moveStepsSchema,
  uninstalled:
    "the cluster has no MoveSteps: apply infra/crds/move-steps.yaml, in which a move keeps its objects",
};

/** Moves in the cluster of the sources. Throws a KubemendError if the API server refuses a request, or if one of them cannot be read. */
export function createMoveStore(deps: {
  readonly client: KubernetesClient;
  readonly namespace: string;
}): MoveStore {
  const { client } = deps;
  const moves = createStoredCollection(MOVES, deps);
  const steps = createStoredCollection(STEPS, deps);
  return {
    find: moves.find,
    list: (signal) => moves.list({}, signal),
    listOpen: (signal) => moves.list({}, signal, keepOpenMove),
    create: (name, spec, signal) => moves.create({ metadata: { name }, spec }, signal),
    abort: (move, signal) => patchSpec(move, { abort: true }, signal),
    addFinalizers(move, finalizers, signal) {
      // The definition refuses a list that lacks one that the Move has by now.
      const removeFinalizers = [...new Set([...(move.spec.removeFinalizers ?? []), ...finalizers])];
      return patchSpec(move, { removeFinalizers }, signal);
    },
    change: (move, decide, signal) =>
      moves.changeStatus(
        (ended) => readSame(moves, move, ended),
        (found) => {
          const decision = decide(found);
          if (decision.outcome === "keep") return decision;
          return { ...decision, status: limitStatus(decision.status) };
        },
        signal,
      ),
    readSteps: (move, signal) => readSteps(steps, move, signal),
    readOthers: (move, signal) =>
      readOtherMoves({ client, moves: MOVES, steps: STEPS }, move, signal),
    createSteps: (move, part, signal) => createSteps(steps, move, part, signal),
    saveSteps: (read, objects, signal) => saveSteps({ client, steps }, read, objects, signal),
    deleteOtherSteps: (move, plan, signal) =>
      deleteOtherSteps({ client, moves, steps }, move, { plan }, signal),
  };

  async function patchSpec(
    { metadata: { name, uid } }: Move,
    spec: Partial<MoveSpec>,
    signal: AbortSignal,
  ): Promise<void> {
    const contentType = "application/merge-patch+json";
    const body = { metadata: { uid }, spec };
    await client.request({ method: "PATCH", path: moves.toPath(name), contentType, body, signal });
  }
}

/** The Move as it is now; another Move of the same name does not count. */
async function readSame(
  moves: StoredCollection<Move>,
  { metadata: { name, uid } }: Move,
  signal: AbortSignal,
): Promise<Move> {
  const found = await moves.find(name, signal);
  if (found?.metadata.uid === uid) return found;
  throw new KubemendError("NotFound", `the Move ${name} was deleted`, { retryable: false });
}

/** Read by their names: an API server answers a list only when its cache has caught up with all writes, which takes up to 100 ms. */
async function readSteps(
  steps: StoredCollection<MoveSteps>,
  { metadata: { name, uid }, status }: Move,
  signal: AbortSignal,
): Promise<readonly MoveSteps[]> {
  const { plan, chunks = 0 } = status ?? {};
  if (plan === undefined) return [];
  const names = Array.from({ length: chunks }, (_, at) => toMoveStepsName(name, plan, at + 1));
  const found = await Promise.all(names.map(async (part) => steps.find(part, signal)));
  return found.filter((part) => part !== undefined).filter(({ spec }) => spec.move.uid === uid);
}

/** The parts of all of its plans. */
async function readAllSteps(
  steps: StoredCollection<MoveSteps>,
  { metadata: { uid } }: Move,
  signal: AbortSignal,
): Promise<readonly MoveSteps[]> {
  const found = await steps.list({ labelSelector: `${MOVE_LABEL}=${uid}` }, signal);
  return found.filter(({ spec }) => spec.move.uid === uid);
}

/**
 * A run may be suspended before any of these requests, and deletes what it has read when it continues. Each plan is stored once in the Move,
 * before its parts: one whose parts were there, and which is not that of the Move afterwards, was replaced, and never holds again.
 */
async function deleteOtherSteps(
  deps: {
    readonly client: KubernetesClient;
    readonly moves: StoredCollection<Move>;
    readonly steps: StoredCollection<MoveSteps>;
  },
  move: Move,
  { plan }: { readonly plan: string },
  signal: AbortSignal,
): Promise<void> {
  const { client, moves, steps } = deps;
  const found = await readAllSteps(steps, move, signal);
  const others = found.filter(({ spec }) => spec.plan !== plan);
  if (others.length === 0) return;
  const { status } = await readSame(moves, move, signal);
  if (status?.plan !== plan) throw toReplanned(move);
  for (const { metadata } of others) {
    await deleteUnchanged(client, steps.toPath(metadata.name), metadata, signal);
  }
}

/** The error of a run whose plan another one has replaced. */
export function toReplanned({ metadata: { name } }: Move): KubemendError {
  const message = `another run has planned the Move ${name}`;
  return new KubemendError("Conflict", message, { retryable: true });
}

async function createSteps(
  steps: StoredCollection<MoveSteps>,
  { metadata: { name, uid } }: Move,
  { plan, index, objects }: MovePart,
  signal: AbortSignal,
): Promise<MoveSteps> {
  const owner = { apiVersion: RECORD_API_VERSION, kind: MOVE_KIND, name, uid };
  const metadata = {
    name: toMoveStepsName(name, plan, index),
    labels: { [MOVE_LABEL]: uid },
    ownerReferences: [owner],
  };
  const made = { metadata, spec: { move: { name, uid }, plan, index, objects } };
  try {
    return await steps.create(made, signal);
  } catch (error) {
    // The answer to the first attempt was lost: the next run plans again, under another name.
    if (!isKubemendError(error, "AlreadyExists")) throw error;
    const message = `${metadata.name} is there already`;
    throw new KubemendError("Conflict", message, { retryable: true, cause: error });
  }
}

async function saveSteps(
  {
    client,
    steps,
  }: { readonly client: KubernetesClient; readonly steps: StoredCollection<MoveSteps> },
  read: MoveSteps,
  objects: readonly MovedObject[],
  signal: AbortSignal,
): Promise<MoveSteps | undefined> {
  const body = { ...read, spec: { ...read.spec, objects } };
  const path = steps.toPath(read.metadata.name);
  try {
    return readStored(STEPS, await client.request({ method: "PUT", path, body, signal }));
  } catch (error) {
    if (isLost(error)) return undefined;
    throw error;
  }
}
