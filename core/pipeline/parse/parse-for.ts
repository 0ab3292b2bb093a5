import { findLiteralConditions } from "../../cel/literal-condition.ts";
import { findReadPaths, type ReadPath } from "../../cel/read-paths.ts";
import { parse } from "../../cel/syntax/parse.ts";
import {
  toArguments,
  toChildren,
  toConstantText,
  toFieldPath,
  type Expr,
} from "../../cel/syntax/tree.ts";
import type { Once, PipelineIssue } from "../pipeline.ts";

type Rule = {
  readonly resource: string;
  readonly where: string | undefined;
  readonly once: Once;
  readonly isOnceWritten: boolean;
  readonly hasGeneration: boolean;
};

/**
 * `for` means held without a break, and a break shows only in the key of the episode: if it is the same before and after a break, a
 * broken wait looks unbroken. So the key must change with each break, or the state must be one that cannot be taken back.
 */
export function findForIssues(
  rule: Rule,
  path: readonly (string | number)[],
): readonly PipelineIssue[] {
  if (showsBreaks(rule.once) || isFinal(rule)) return [];
  const generation = rule.hasGeneration ? "generation, " : "";
  const place = rule.isOnceWritten ? "once" : "for";
  const derived = rule.isOnceWritten ? "" : ", which is what once is here";
  return [
    {
      path: [...path, place],
      at: "key",
      message: `for cannot notice a break with the episode ${describe(rule.once)}${derived}: it is the same when the state ends and begins again`,
      hint: `once: { condition: <type> }, ${generation}or { key: <CEL text with a time that changes then, such as a lastTransitionTime> }`,
    },
  ];
}

function describe(once: Once): string {
  return once.type === "key" ? once.expression : once.type;
}

/** Counters and times that change with every new state. */
const CHANGING = /(?:Time|Timestamp|^since|Since|^generation|^observedGeneration)$/;

function showsBreaks(once: Once): boolean {
  if (once.type === "condition" || once.type === "generation") return true;
  if (once.type !== "key") return false;
  const reads = findReadPaths(once.expression);
  if (reads === "all") return false;
  return reads.some(({ path, whole }) => {
    const last = path.at(-1);
    return whole && typeof last === "string" && CHANGING.test(last) && last !== CREATION;
  });
}

const CREATION = "creationTimestamp";
const FIXED = new Set(["name", "generateName", "namespace", "uid", CREATION]);
const FINAL_JOB_CONDITIONS = new Set(["Failed", "Complete"]);

/** Whether a state that holds can never cease to hold, other than by the end of the object. */
function isFinal({ where, resource }: Rule): boolean {
  if (where === undefined) return true;
  const reads = findReadPaths(where);
  if (reads !== "all" && !mentionsTime(where) && reads.every(isFixed)) return true;
  if (resource === "jobs.batch") {
    return findLiteralConditions(where).some((type) => FINAL_JOB_CONDITIONS.has(type));
  }
  try {
    return toConjuncts(parse(where)).some((part) => isFinalPart(part, resource));
  } catch {
    // The compiler reports it.
    return true;
  }
}

function isFixed({ path: [first, second] }: ReadPath): boolean {
  if (first === "apiVersion" || first === "kind") return true;
  return first === "metadata" && typeof second === "string" && FIXED.has(second);
}

function mentionsTime(where: string): boolean {
  return /\b(?:now|change|references)\b/.test(where);
}

function toConjuncts(expr: Expr): readonly Expr[] {
  const sides = toArguments(expr, "&&");
  return sides.length === 0 ? [expr] : sides.flatMap(toConjuncts);
}

const COMPARISONS = new Set(["<", "<=", ">", ">=", "!="]);
const FINAL_PHASES = new Set<string | undefined>(["Failed", "Succeeded"]);

/** `has(object.metadata.deletionTimestamp)` or a comparison with it; a Pod's last phases. */
function isFinalPart(expr: Expr, resource: string): boolean {
  if (expr.type === "has") return isDeletion(expr);
  if (expr.type !== "call") return false;
  const { name, args } = expr;
  if (name === "==") {
    const isPhase =
      resource === "pods" &&
      args.some((arg) => toFieldPath(arg)?.join(".") === "object.status.phase");
    return isPhase && args.some((arg) => FINAL_PHASES.has(toConstantText(arg)));
  }
  return COMPARISONS.has(name) && args.some(readsDeletion);
}

function readsDeletion(expr: Expr): boolean {
  if (expr.type === "select") return isDeletion(expr);
  return expr.type === "call" && toChildren(expr).some(readsDeletion);
}

/** Whether it is, or asks for, `object.metadata.deletionTimestamp`. */
function isDeletion(expr: Extract<Expr, { readonly type: "has" | "select" }>): boolean {
  const path = toFieldPath(expr.operand)?.join(".");
  return path === "object.metadata" && expr.field === DELETION;
}

const DELETION = "deletionTimestamp";
