import { limitText } from "../../text/limit-text.ts";
import { nameProblem, type Problem } from "../status/problem.ts";

/** The largest text of a problem in a Move: its definition allows 8,192 characters. */
const MAX_LENGTH = 4_000;

/** All problems of a plan as one, which the status of a Move has room for. */
export function toPlanProblem(problems: readonly Problem[], move: string): Problem {
  const [first] = problems;
  if (first === undefined) throw new TypeError("there is no problem");
  const again = `then continue with: kubemend move --resume ${move}`;
  if (problems.length === 1) return { ...first, wayOut: `${first.wayOut}; ${again}` };
  const lines = problems.map(({ holds, wayOut, ...named }) => {
    return `${nameProblem(named)}${holds === undefined ? "" : ` (${holds})`} -> ${wayOut}`;
  });
  const reason = limitText(`${problems.length} problems: ${lines.join("; ")}`, MAX_LENGTH);
  return { code: "Refused", step: first.step, reason, wayOut: `mend each of them; ${again}` };
}
