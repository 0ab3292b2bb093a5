import type { Move } from "../../../events/moves/move.ts";

/** The process that works on a Move, if its hold has not run out; a process that was killed leaves its hold to run out. */
export function findHolder({ status }: Pick<Move, "status">, nowMs: number): string | undefined {
  const holder = status?.holder;
  return holder !== undefined && Date.parse(holder.until) > nowMs ? holder.name : undefined;
}
