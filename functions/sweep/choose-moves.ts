import { sha256 } from "../../events/ids.ts";
import type { Move } from "../../events/moves/move.ts";
import { readField, readList } from "../../core/json/read-json.ts";
import { findHolder } from "../../core/move/status/holder.ts";
import { hasBegun, isToBeRolledBack } from "../../core/move/status/phase.ts";

/** The most Moves of a cluster that one run asks for: users who may create Moves must not fill the queue and the API server with them. */
const MOST_AT_ONCE = 50;
const MINUTE_MS = 60_000;
/** The longest wait of a Move that has changed nothing yet. */
const LONGEST_UNTOUCHED_MS = 15 * MINUTE_MS;
/** The longest wait of one that has: its objects may be paused in both clusters. */
const LONGEST_BEGUN_MS = 5 * MINUTE_MS;
/** Runs of a schedule, and looks, begin some seconds earlier or later. */
const SLACK_MS = MINUTE_MS / 2;

/** The Moves to ask for now, and the number of those that exceed the limit of a run. */
export type ChosenMoves = { readonly chosen: readonly Move[]; readonly postponed: number };

/**
 * The Moves that have not ended and are to be looked at. Each minute, but the longer one has had the same problem the less often: an unchanged
 * problem is found again. If there are too many, those come first that have begun to change objects, and lots are drawn among the others, so
 * that none has to wait for Moves that are never worked on. Two runs with the same `occasion`
 * draw the same lots.
 */
export function chooseMoves(
  open: readonly Move[],
  { occasion, nowMs }: { readonly occasion: string; readonly nowMs: number },
): ChosenMoves {
  const lots = open
    .filter((move) => findHolder(move, nowMs) === undefined && isDue(move, nowMs))
    .map((move) => ({ move, lot: toLot(move, occasion) }))
    .toSorted((left, right) => (left.lot < right.lot ? -1 : 1));
  const chosen = lots.slice(0, MOST_AT_ONCE).map(({ move }) => move);
  return { chosen, postponed: lots.length - chosen.length };
}

function toLot(move: Move, occasion: string): string {
  const rank = hasBegun(move) ? 0 : 1;
  return `${rank} ${sha256(move.metadata.uid, occasion)}`;
}

function isDue(move: Move, nowMs: number): boolean {
  const { holder, problem } = move.status ?? {};
  if (holder === undefined || problem === undefined || isToBeRolledBack(move)) return true;
  // A hold that has ended says when the Move was looked at last.
  const lookedMs = Date.parse(holder.until);
  if (wasChangedSince(move, lookedMs - MINUTE_MS)) return true;
  const longestMs = hasBegun(move) ? LONGEST_BEGUN_MS : LONGEST_UNTOUCHED_MS;
  const ageMs = lookedMs - Date.parse(problem.since);
  const waitMs = Math.min(Math.max(ageMs, MINUTE_MS), longestMs);
  return nowMs >= lookedMs + waitMs - SLACK_MS;
}

/** Whether somebody has changed more of it than its status, by the times that the API server keeps. */
function wasChangedSince({ metadata }: Move, sinceMs: number): boolean {
  return readList(metadata["managedFields"]).some((entry) => {
    const time = readField(entry, "time");
    const isStatus = readField(entry, "subresource") !== undefined;
    return !isStatus && typeof time === "string" && Date.parse(time) >= sinceMs;
  });
}
