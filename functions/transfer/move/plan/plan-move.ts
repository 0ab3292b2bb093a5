import type { MoveSpec } from "../../../../events/moves/move.ts";
import { readSet } from "../../../../adapters/kubernetes/move/read-set.ts";
import { toOwnedSet, toPlan, type MovePlan } from "../../../../core/move/plan/to-plan.ts";
import { readOptedOut } from "./read-opted-out.ts";
import { readFacts } from "./read-facts.ts";
import type { MoveSides } from "../run/move-sides.ts";

/**
 * Reads both clusters and plans a move; nothing is written. All reasons against it are in `problems`. Throws a KubemendError if a cluster
 * cannot be reached.
 */
export async function planMove(
  sides: MoveSides,
  {
    spec,
    otherMoves = new Map(),
    heedsOptOut = false,
    recordNamespace,
  }: {
    readonly spec: MoveSpec;
    /** The Moves that have objects already, by the uids of these. */
    readonly otherMoves?: ReadonlyMap<string, string> | undefined;
    readonly heedsOptOut?: boolean | undefined;
    /** The namespace of the Move that is to be created: whether the user may create it and carry it out is asked, too. */
    readonly recordNamespace?: string | undefined;
  },
  signal: AbortSignal,
): Promise<MovePlan> {
  const { source } = sides;
  const reads = await readSet(source, { select: spec.select, collectsDenied: true }, signal);
  const set = toOwnedSet(spec, reads);
  const { others } = reads;
  const facts = await readFacts(sides, { spec, set, others, otherMoves, recordNamespace }, signal);
  const plan = toPlan(spec, { reads, set, facts });
  if (!heedsOptOut) return plan;
  const optedOut = await readOptedOut(sides, set.members, signal);
  return { ...plan, problems: [...plan.problems, ...optedOut] };
}
