import type { LeftReference, Move, MoveStatus } from "../../../events/moves/move.ts";
import { formatDuration } from "../../text/duration.ts";
import { describePhase, findCounter } from "./phase.ts";
import { nameProblem } from "./problem.ts";

/** The state of a move, what holds it up, and the way to continue, as lines. */
export function describeMove({ metadata: { name }, spec, status }: Move): readonly string[] {
  const target = spec.target.cluster ?? spec.target.uid ?? "";
  if (status === undefined) {
    return [`Move ${name} to ${target}: it has not begun; ${continues(name)}`];
  }
  return [
    `Move ${name} to ${target}: ${status.phase}, ${describePhase(status.phase)}`,
    ...describeCounts(status),
    ...describeCurrent(status),
    ...describeProblem(status),
    ...describePaused(status),
    ...(status.notes ?? []).map((note) => `  note: ${note}`),
    ...describeLeft(status),
    ...describeReferrers(status),
    ...describeWay(name, status),
  ];
}

/** `Creating 120/500 waits for ... (Machine shop/web-1: create)`: the progress in one line. What is last is cut by a narrow terminal. */
export function describeProgress(status: MoveStatus): string {
  const { phase, current } = status;
  const head = [phase, countDone(status)].filter((part) => part !== "").join(" ");
  if (current === undefined) return head;
  const { object, doing, waitsFor } = current;
  const what = `${object}: ${doing}`;
  return waitsFor === undefined ? `${head}, ${what}` : `${head} waits for ${waitsFor} (${what})`;
}

function countDone({ phase, counts }: MoveStatus): string {
  const name = findCounter(phase);
  return name === undefined || counts === undefined ? "" : `${counts[name] ?? 0}/${counts.objects}`;
}

function describeCounts({ counts }: MoveStatus): readonly string[] {
  if (counts === undefined) return [];
  const { objects, levels, ...done } = counts;
  const parts = Object.entries(done).flatMap(([name, many = 0]) =>
    many > 0 ? [`${many} ${name}`] : [],
  );
  const all = `${count(objects, "object")} on ${count(levels, "level")}`;
  return [`  ${[all, ...parts].join(", ")}`];
}

function describeCurrent({ current }: MoveStatus): readonly string[] {
  if (current === undefined) return [];
  const waits = current.waitsFor === undefined ? "" : `; waits for ${current.waitsFor}`;
  return [`  at present: ${current.object}: ${current.doing}${waits}`];
}

function describeProblem({ problem }: MoveStatus): readonly string[] {
  if (problem === undefined) return [];
  const { step, holds, wayOut, since } = problem;
  return [
    `  problem since ${since}, step "${step}": ${nameProblem(problem)}`,
    ...(holds === undefined ? [] : [`    held by ${holds}`]),
    `    → ${wayOut}`,
  ];
}

function describePaused({ pausedAt, resumedAt, counts }: MoveStatus): readonly string[] {
  if (pausedAt === undefined) return [];
  // Without a pause both sides were active meanwhile.
  if (counts?.paused === 0) return ["  nothing is paused: no object has a place that pauses it"];
  if (resumedAt === undefined)
    return [`  objects have been paused on both sides since ${pausedAt}`];
  const ms = Math.max(0, Date.parse(resumedAt) - Date.parse(pausedAt));
  return [
    `  objects were paused on both sides for ${formatDuration(Math.ceil(ms / 1_000) * 1_000)}`,
  ];
}

function describeLeft({ left, leftCount }: MoveStatus): readonly string[] {
  return describeReferences("references to objects that do not move", left, leftCount);
}

function describeReferrers({
  referrers,
  referrerCount,
  unseen = [],
}: MoveStatus): readonly string[] {
  return [
    ...describeReferences(
      "references of objects that stay to objects that move",
      referrers,
      referrerCount,
    ),
    ...(unseen.length === 0 ? [] : ["  references of objects that stay were not looked for in:"]),
    ...unseen.map((one) => `    ${one}`),
  ];
}

function describeReferences(
  title: string,
  references: readonly LeftReference[] = [],
  count = 0,
): readonly string[] {
  if (count === 0) return [];
  const lines = references.map(
    ({ object, field, refersTo }) => `    ${object} ${field}: ${refersTo}`,
  );
  const rest = count - references.length;
  return [`  ${title}:`, ...lines, ...(rest > 0 ? [`    and ${rest} more`] : [])];
}

function describeWay(
  name: string,
  { phase, pointOfNoReturnAt, problem }: MoveStatus,
): readonly string[] {
  if (phase === "Moved" || phase === "RolledBack") return [];
  const isRefused = phase === "Planning" && problem !== undefined;
  const stays =
    "the Move stays, and functions whose pipeline declares it begin it as soon as this problem is solved";
  const back =
    phase === "RollingBack"
      ? ""
      : pointOfNoReturnAt === undefined
        ? `; back with: kubemend move --rollback ${name}`
        : `; there is no way back since ${pointOfNoReturnAt}`;
  return [...(isRefused ? [`  ${stays}`] : []), `  ${continues(name)}${back}`];
}

function count(many: number, noun: string): string {
  return `${many} ${noun}${many === 1 ? "" : "s"}`;
}

function continues(name: string): string {
  return `continue with: kubemend move --resume ${name}`;
}
