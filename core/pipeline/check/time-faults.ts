import { parse } from "@bufbuild/cel";
import { toChildren, toComprehension, toConstantText, type Expr } from "../../cel/tree.ts";
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
  const { expr, sourceInfo } = parse(where);
  const found: Expr[] = [];
  findRising(expr, true, found);
  const isEnd = END_STATE.test(where);
  return found
    .filter((comparison) => !isEnd || readsEndTime(comparison))
    .map((comparison) => ({
      path: [...path, "where"],
      message:
        "CEL: this becomes true as time passes, and a condition is evaluated only when its object changes: nothing would wake the rule then",
      hint: toHint(comparison),
      offset: sourceInfo?.positions[String(comparison.id)],
    }));
}

/** Literals and fields of objects that have ended their work: the change to such a state comes when it is over. */
const END_STATE =
  /["'](?:Failed|Complete|Completed|Succeeded|Error|Evicted|OOMKilled)["']|\b(?:completionTime|finishedAt|terminated)\b/;
const END_TIMES = new Set([
  "completionTime",
  "finishedAt",
  "lastTransitionTime",
  "deletionTimestamp",
]);

function readsEndTime(expr: Expr): boolean {
  const { exprKind } = expr;
  if (exprKind.case === "selectExpr" && END_TIMES.has(exprKind.value.field)) return true;
  return toChildren(expr).some(readsEndTime);
}

/** Collects the comparisons that turn from false to true as `now` grows, or from true to false where they are negated. */
function findRising(expr: Expr | undefined, isPositive: boolean, found: Expr[]): void {
  if (expr === undefined) return;
  const { exprKind } = expr;
  if (exprKind.case === "callExpr") {
    const { function: name, args } = exprKind.value;
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
    for (const arg of name === "_?_:_" ? args.slice(1) : args) findRising(arg, isPositive, found);
    return;
  }
  const parts = toComprehension(expr);
  for (const part of parts?.inner ?? []) findRising(part, isPositive, found);
}

const COMPARISONS: Readonly<Record<string, number>> = {
  "_>_": 1,
  "_>=_": 1,
  "_<_": -1,
  "_<=_": -1,
};
const BRANCHES = new Set(["_&&_", "_||_", "_?_:_"]);

/** 1 if the value grows with `now`, -1 if it shrinks, 0 if it does not depend on it; NaN if that cannot be said. */
function toTrend(expr: Expr | undefined): number {
  if (expr === undefined) return 0;
  const { exprKind } = expr;
  if (exprKind.case === "identExpr") return exprKind.value.name === "now" ? 1 : 0;
  if (exprKind.case === "callExpr") {
    const { function: name, args, target } = exprKind.value;
    const [left, right] = args;
    if (name === "_+_") return Math.sign(toTrend(left) + toTrend(right));
    if (name === "_-_") return Math.sign(toTrend(left) - toTrend(right));
    if (target === undefined && (name === "int" || name === "double")) return toTrend(left);
  }
  return mentionsNow(expr) ? Number.NaN : 0;
}

function mentionsNow(expr: Expr): boolean {
  const { exprKind } = expr;
  if (exprKind.case === "identExpr") return exprKind.value.name === "now";
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
function isBefore({ exprKind }: Expr): boolean {
  if (exprKind.case !== "callExpr") return false;
  return exprKind.value.args.some(
    (side) =>
      side.exprKind.case === "callExpr" &&
      side.exprKind.value.function === "_-_" &&
      toTrend(side) < 0,
  );
}

/** The first call of that function, with its constant text, or the path that it is applied to. */
function findCall(
  expr: Expr,
  name: string,
): { readonly text: string | undefined; readonly path: string | undefined } | undefined {
  const { exprKind } = expr;
  if (exprKind.case === "callExpr" && exprKind.value.function === name) {
    const [arg] = exprKind.value.args;
    return { text: toConstantText(arg), path: arg === undefined ? undefined : toPath(arg) };
  }
  for (const child of toChildren(expr)) {
    const found = findCall(child, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** `object.status.startTime`; undefined for anything but fields of the object. */
function toPath({ exprKind }: Expr): string | undefined {
  if (exprKind.case === "identExpr") return exprKind.value.name === "object" ? "object" : undefined;
  if (exprKind.case !== "selectExpr" || exprKind.value.operand === undefined) return undefined;
  const holder = toPath(exprKind.value.operand);
  return holder === undefined ? undefined : `${holder}.${exprKind.value.field}`;
}
