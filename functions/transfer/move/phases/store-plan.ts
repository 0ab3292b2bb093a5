import { randomBytes } from "node:crypto";
import type { Move, MoveStatus } from "../../../../events/moves/move.ts";
import type { MovedObject } from "../../../../events/moves/move-steps.ts";
import { toReplanned } from "../../../../adapters/kubernetes/move/move-store.ts";
import { toOtherMoveWayOut } from "../../../../core/move/other-move.ts";
import type { Problem } from "../../../../core/move/status/problem.ts";
import { toPlanProblem } from "../../../../core/move/plan/to-plan-problem.ts";
import type { MovePlan } from "../../../../core/move/plan/to-plan.ts";
import { toBegun } from "../../../../core/move/status/phase.ts";
import { toChunks } from "../../../../core/move/to-chunks.ts";
import { checkSides } from "../plan/check-sides.ts";
import { planMove } from "../plan/plan-move.ts";
import type { MoveRunDeps } from "../run/open-move.ts";

type StorePlanDeps = Pick<MoveRunDeps, "sides" | "store" | "now" | "refuse" | "heedsOptOut">;

/** Nobody guesses so many random bytes. */
const MARK_BYTES = 16;
/** The most references that the status shows; their number is beside them. */
const LEFT_SHOWN = 50;
const ID_BYTES = 8;

/**
 * The phase Planning: plans a Move and stores its objects. It begins again from nothing if it was interrupted, as nothing was changed yet.
 * If there is a reason against the move, that is its problem, and the phase stays; else the next phase is Waiting. Throws a KubemendError if a
 * cluster cannot be reached, and `Conflict`, temporary, if another run plans the same Move: of several ones the last one's plan holds.
 */
export async function storePlan(
  deps: StorePlanDeps,
  move: Move,
  signal: AbortSignal,
): Promise<MovePlan> {
  const { sides, store, heedsOptOut } = deps;
  checkSides(move, sides);
  await write(deps, move, { toNext: (status) => status }, signal);
  const otherMoves = await store.readOthers(move, signal);
  const plan = await planMove(sides, { spec: move.spec, otherMoves, heedsOptOut }, signal);
  const refused = deps.refuse?.(move, plan.objects);
  const problems = refused === undefined ? plan.problems : [...plan.problems, refused];
  if (problems.length > 0) return refuse(deps, move, { ...plan, problems }, signal);
  const id = randomBytes(ID_BYTES).toString("hex");
  await write(deps, move, { toNext: (status) => ({ ...status, plan: id }) }, signal);
  await store.deleteOtherSteps(move, id, signal);
  const chunks = toChunks(plan.objects.map(mark));
  for (const [at, objects] of chunks.entries()) {
    await store.createSteps(move, { plan: id, index: at + 1, objects }, signal);
  }
  // Of two Moves that are planned at the same time, the later one to look sees the objects of both.
  const doubled = findDoubled(plan, await store.readOthers(move, signal));
  if (doubled !== undefined)
    return refuse(deps, move, { ...plan, problems: [doubled], id }, signal);
  const toNext: ToNext = ({ problem: _solved, ...status }, at) => ({
    ...status,
    phase: "Waiting",
    since: at,
    chunks: chunks.length,
    ...describe(plan),
  });
  await write(deps, move, { id, toNext }, signal);
  return plan;
}

/** A Move that is refused has no plan, so that its parts count no more. */
async function refuse(
  deps: StorePlanDeps,
  move: Move,
  { id, ...plan }: MovePlan & { readonly id?: string },
  signal: AbortSignal,
): Promise<MovePlan> {
  const problem = toPlanProblem(plan.problems, move.metadata.name);
  const toNext: ToNext = ({ plan: _refused, ...status }, at) => {
    const known = status.problem;
    const since = known?.reason === problem.reason ? known.since : at;
    return { ...status, problem: { ...problem, since }, ...describe(plan) };
  };
  await write(deps, move, { id, toNext }, signal);
  return plan;
}

type ToNext = (status: MoveStatus, at: string) => MoveStatus;

/** Throws `Conflict`, temporary, if the Move is no longer in this phase, or has another plan than this one, if one is given. */
async function write(
  { sides: { source, target }, store, now }: StorePlanDeps,
  move: Move,
  { id, toNext }: { readonly id?: string | undefined; readonly toNext: ToNext },
  signal: AbortSignal,
): Promise<void> {
  const isPlanning = await store.change(
    move,
    ({ status }) => {
      const at = new Date(now()).toISOString();
      const begun = toBegun(status, at);
      const isOurs = id === undefined || begun.plan === id;
      if (begun.phase !== "Planning" || !isOurs) return { outcome: "keep", answer: false };
      const found = { source: { uid: source.uid }, target: { uid: target.uid } };
      return { outcome: "write", status: toNext({ ...begun, ...found }, at), answer: true };
    },
    signal,
  );
  if (!isPlanning) throw toReplanned(move);
}

function findDoubled(
  { objects }: MovePlan,
  others: ReadonlyMap<string, string>,
): Problem | undefined {
  const names = objects.flatMap(({ uid }) => others.get(uid) ?? []);
  const [other] = names;
  if (other === undefined) return undefined;
  return {
    code: "MovedByAnother",
    step: "plan",
    reason: `the Move ${other} already moves ${names.length} of the objects of this one`,
    wayOut: toOtherMoveWayOut(other),
  };
}

function describe({
  objects,
  levels,
  left,
  referrers,
  unseen,
}: MovePlan): Pick<
  MoveStatus,
  "counts" | "left" | "leftCount" | "referrers" | "referrerCount" | "unseen"
> {
  return {
    counts: { objects: objects.length, levels },
    left: left.slice(0, LEFT_SHOWN),
    leftCount: left.length,
    referrers: referrers.slice(0, LEFT_SHOWN),
    referrerCount: referrers.length,
    unseen: unseen.slice(0, LEFT_SHOWN).map(({ resource, reason }) => `${resource}: ${reason}`),
  };
}

/** Gives an object the random value that its copy will have. */
function mark(object: MovedObject): MovedObject {
  return { ...object, mark: randomBytes(MARK_BYTES).toString("base64url") };
}
