import { parse } from "../../cel/syntax/parse.ts";
import {
  toArguments,
  toChildren,
  toConstantText,
  toFieldPath,
  type Expr,
} from "../../cel/syntax/tree.ts";
import { formatDuration, parseDuration } from "../../text/duration.ts";
import type { PipelineIssue, Rule } from "../pipeline.ts";

/** Resources whose objects are written again and again as long as they exist, so that a change comes after any time. */
const EVER_CHANGING = new Set(["leases.coordination.k8s.io", "cronjobs.batch"]);

/**
 * Comparisons with `now` in `where` that become true when time passes, while nothing changes: a condition is evaluated when its object
 * changes, so that moment would be missed. They are right where the change itself comes late: at the end of the object's work, for how
 * long that took, and at its deletion.
 */
export function findTimeFaults(
  { on, where }: Pick<Rule, "on" | "where">,
  path: PipelineIssue["path"],
): readonly PipelineIssue[] {
  if (where === undefined || !/\bnow\b/.test(where)) return [];
  const isAboutEnds = on.changes.every((change) => change === "deleted" || change === "left");
  if (isAboutEnds || EVER_CHANGING.has(on.resource)) return [];
  const found: Expr[] = [];
  findRising(parse(where), true, found);
  const isEnd = statesEnd(parse(where), true);
  return found
    .filter((comparison) => readsObject(comparison) && (!isEnd || readsEndTime(comparison)))
    .map((comparison) => ({
      path: [...path, "where"],
      message:
        "CEL: this becomes true as time passes, and a condition is evaluated only when its object changes: nothing would wake the rule then",
      hint: toHint(comparison),
      offset: comparison.offset,
    }));
}

/** Values of objects that have ended their work: the change to such a state is reported when the work is over. */
const END_LITERALS: ReadonlySet<unknown> = new Set([
  "Complete",
  "Completed",
  "Error",
  "Evicted",
  "Failed",
  "OOMKilled",
  "Succeeded",
]);
const END_FIELDS = new Set(["completionTime", "finishedAt", "terminated"]);
const END_TIMES = new Set([
  "completionTime",
  "finishedAt",
  "lastTransitionTime",
  "deletionTimestamp",
]);

/** Whether the expression requires that the object has ended its work. What is negated requires the opposite. */
function statesEnd(expr: Expr, isPositive: boolean): boolean {
  if (expr.type === "macro") {
    return [expr.range, ...expr.bodies].some((part) => statesEnd(part, isPositive));
  }
  if (expr.type !== "call") return isPositive && mentionsEnd(expr);
  const { name, args } = expr;
  if (name === "!_") return args.some((arg) => statesEnd(arg, !isPositive));
  if (name === "&&" || name === "||" || name === "?:") {
    return args.some((arg) => statesEnd(arg, isPositive));
  }
  return isPositive === (name !== "!=") && mentionsEnd(expr);
}

function mentionsEnd(expr: Expr): boolean {
  if (expr.type === "constant" && END_LITERALS.has(expr.value)) return true;
  if ((expr.type === "select" || expr.type === "has") && END_FIELDS.has(expr.field)) return true;
  return toChildren(expr).some(mentionsEnd);
}

/** A comparison with a fixed moment says from when on a rule is in force. */
function readsObject(expr: Expr): boolean {
  return (expr.type === "variable" && expr.name !== "now") || toChildren(expr).some(readsObject);
}

function readsEndTime(expr: Expr): boolean {
  if (expr.type === "select" && END_TIMES.has(expr.field)) return true;
  return toChildren(expr).some(readsEndTime);
}

/** Collects the comparisons that turn from false to true as `now` grows, or from true to false where they are negated. */
function findRising(expr: Expr | undefined, isPositive: boolean, found: Expr[]): void {
  if (expr?.type === "macro") {
    for (const body of expr.bodies) findRising(body, isPositive, found);
  }
  if (expr?.type !== "call") return;
  const { name, args } = expr;
  const direction = COMPARISONS[name];
  if (direction !== undefined) {
    const trend = direction * (toTrend(args[0]) - toTrend(args[1]));
    if (isPositive ? trend > 0 : trend < 0) found.push(expr);
    return;
  }
  if (name === "!_") {
    findRising(args[0], !isPositive, found);
    return;
  }
  if (!BRANCHES.has(name)) return;
  for (const arg of name === "?:" ? args.slice(1) : args) findRising(arg, isPositive, found);
}

const COMPARISONS: Readonly<Record<string, number>> = {
  ">": 1,
  ">=": 1,
  "<": -1,
  "<=": -1,
};
const BRANCHES = new Set(["&&", "||", "?:"]);

/** 1 if the value grows with `now`, -1 if it shrinks, 0 if it does not depend on it; NaN if that cannot be said. */
function toTrend(expr: Expr | undefined): number {
  if (expr === undefined) return 0;
  if (expr.type === "variable") return expr.name === "now" ? 1 : 0;
  if (expr.type === "call") {
    const { name, args, target } = expr;
    const [left, right] = args;
    if (name === "+") return Math.sign(toTrend(left) + toTrend(right));
    if (name === "-") return Math.sign(toTrend(left) - toTrend(right));
    if (target === undefined && (name === "int" || name === "double")) return toTrend(left);
    // Of a duration these count all of it; of a time only the place on the clock.
    const isWhole = target?.type === "call" && /^get(?:Hours|Minutes|Seconds)$/.test(name);
    if (isWhole && args.length === 0) return toTrend(target);
  }
  return mentionsNow(expr) ? Number.NaN : 0;
}

function mentionsNow(expr: Expr): boolean {
  if (expr.type === "variable") return expr.name === "now";
  return toChildren(expr).some(mentionsNow);
}

function toHint(comparison: Expr): string {
  const ms = parseDuration(findCall(comparison, "duration")?.text ?? "") ?? 600_000;
  const duration = formatDuration(ms);
  const time = findCall(comparison, "timestamp")?.path;
  const held = `to act when the state has held that long, write the state in where, and for: ${duration}`;
  if (time === undefined) return held;
  const sign = isBefore(comparison) ? "-" : "+";
  const moment = `write at: timestamp(${time}) ${sign} duration('${Math.ceil(ms / 1_000)}s')`;
  return isBefore(comparison)
    ? `to act at that moment, ${moment}`
    : `${held}; to act at a moment, ${moment}`;
}

/** Whether it compares how long it is until a time, as in `timestamp(t) - now < duration(d)`. */
function isBefore(expr: Expr): boolean {
  if (expr.type !== "call") return false;
  return expr.args.some((side) => toArguments(side, "-").length > 0 && toTrend(side) < 0);
}

/** The first call of that function, with its constant text, or the path that it is applied to. */
function findCall(
  expr: Expr,
  name: string,
): { readonly text: string | undefined; readonly path: string | undefined } | undefined {
  if (expr.type === "call" && expr.name === name) {
    const [arg] = expr.args;
    return { text: toConstantText(arg), path: arg === undefined ? undefined : toPath(arg) };
  }
  for (const child of toChildren(expr)) {
    const found = findCall(child, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** `object.status.startTime`; undefined for anything but fields of the object. */
function toPath(expr: Expr): string | undefined {
  const path = toFieldPath(expr);
  return path?.[0] === "object" ? path.join(".") : undefined;
}
