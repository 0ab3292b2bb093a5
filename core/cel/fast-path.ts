import { countIterationCost } from "./macro-cost.ts";
import type { AccessPaths } from "./access-paths.ts";
import {
  AbsentField,
  CHARACTERS_A_STEP,
  hasField,
  isAbsent,
  isFields,
  isTruth,
  negate,
  ROOTS,
  spend,
  toEquality,
  toJunction,
  toOrder,
  toTextTest,
  UNDECIDED,
  type Absent,
  type Roots,
  type Step,
} from "./fast-path-steps.ts";
import { toComprehension, toConstantIndex, toConstantText, type Expr } from "./tree.ts";

/*
 * Most conditions compare fields with constants, often in `exists` or `all` over a list. They are evaluated here directly on the
 * JSON, about 15 times as fast as by the CEL library, which looks up every name as a variable, a message and an enum. Everything
 * that is not clear (types that differ, null, a large object) is UNDECIDED, and the library decides. So only the library defines
 * the meaning of an expression. `test/core/cel/fast-path.test.ts` compares the two on random expressions and objects.
 */

export type FastAnswer = boolean | string | Absent | typeof UNDECIDED;

/** The variables of the enclosing macros, outermost first. */
type Scope = readonly string[];

/** Undefined if the expression has a part that the fast path does not support. To be called before `meterMacros` changes the tree. */
export function compileFastPath(
  root: Expr,
  paths: AccessPaths,
): ((roots: Roots) => FastAnswer) | undefined {
  const step = toStep(root, [], paths);
  if (step === undefined) return undefined;
  return (roots) => {
    const value = step({ roots, items: [], steps: 0 });
    const known = typeof value === "boolean" || typeof value === "string" || isAbsent(value);
    return known ? value : UNDECIDED;
  };
}

function toStep(expr: Expr, scope: Scope, paths: AccessPaths): Step | undefined {
  const { exprKind } = expr;
  switch (exprKind.case) {
    case "constExpr":
      return toConstant(expr);
    case "identExpr":
      return toVariable(exprKind.value.name, scope);
    case "selectExpr":
      return toSelect(expr, scope, paths);
    case "callExpr":
      return toCall(expr, scope, paths);
    case "comprehensionExpr":
      return toMacro(expr, scope, paths);
    case "listExpr":
    case "structExpr":
    case undefined:
      return undefined;
  }
}

function toConstant(expr: Expr): Step | undefined {
  if (expr.exprKind.case !== "constExpr") return undefined;
  const { constantKind } = expr.exprKind.value;
  if (constantKind.case === "int64Value") {
    const value = Number(constantKind.value);
    return Number.isSafeInteger(value) ? () => value : undefined;
  }
  if (constantKind.case !== "stringValue" && constantKind.case !== "boolValue") return undefined;
  const { value } = constantKind;
  return () => value;
}

function toVariable(name: string, scope: Scope): Step | undefined {
  const depth = scope.lastIndexOf(name);
  if (depth !== -1) return ({ items }) => items[depth];
  const root = ROOTS.find((known) => known === name);
  return root === undefined ? undefined : ({ roots }) => roots[root] ?? UNDECIDED;
}

function toSelect(expr: Expr, scope: Scope, paths: AccessPaths): Step | undefined {
  if (expr.exprKind.case !== "selectExpr" || expr.exprKind.value.operand === undefined) {
    return undefined;
  }
  const { operand, field, testOnly } = expr.exprKind.value;
  const from = toStep(operand, scope, paths);
  const path = paths.selects.get(expr.id);
  if (from === undefined || path === undefined) return undefined;
  const absent = new AbsentField(path);
  if (testOnly) {
    return (frame) => {
      const value = from(frame);
      if (hasField(value, field)) return value[field] !== null;
      return value instanceof AbsentField || !isFields(value) ? UNDECIDED : false;
    };
  }
  return (frame) => {
    const value = from(frame);
    if (value instanceof AbsentField) return value;
    if (hasField(value, field)) return value[field] ?? UNDECIDED;
    return isFields(value) ? absent : UNDECIDED;
  };
}

function toCall(expr: Expr, scope: Scope, paths: AccessPaths): Step | undefined {
  if (expr.exprKind.case !== "callExpr") return undefined;
  const { function: name, target, args } = expr.exprKind.value;
  const steps = (target === undefined ? args : [target, ...args]).map((arg) =>
    name === "_[_]" || name === "@in" ? undefined : toStep(arg, scope, paths),
  );
  const [left, right] = steps;
  switch (name) {
    case "_&&_":
      return left && right && toJunction(left, right, false);
    case "_||_":
      return left && right && toJunction(left, right, true);
    case "!_":
      return left && ((frame) => negate(left(frame)));
    case "_==_":
      return left && right && toEquality(left, right, true);
    case "_!=_":
      return left && right && toEquality(left, right, false);
    case "_<_":
    case "_<=_":
    case "_>_":
    case "_>=_":
      return left && right && toOrder(left, right, name);
    case "startsWith":
    case "endsWith":
    case "contains":
      return target && left && toTextTest(left, args[0], name);
    case "_[_]":
      return toIndex(expr, scope, paths);
    case "@in":
      return toMembership(args, scope, paths);
    default:
      return undefined;
  }
}

/** `labels["app"]`; a missing key is left to the library. */
function toIndex(expr: Expr, scope: Scope, paths: AccessPaths): Step | undefined {
  if (expr.exprKind.case !== "callExpr") return undefined;
  const [operand, index] = expr.exprKind.value.args;
  const from = operand && toStep(operand, scope, paths);
  const key = toConstantText(index);
  if (from === undefined || key === undefined || toConstantIndex(expr) === undefined) {
    return undefined;
  }
  return (frame) => {
    const value = from(frame);
    if (value instanceof AbsentField) return value;
    return hasField(value, key) ? (value[key] ?? UNDECIDED) : UNDECIDED;
  };
}

/** `x in ["a", "b"]`. */
function toMembership(args: readonly Expr[], scope: Scope, paths: AccessPaths): Step | undefined {
  const [item, list] = args;
  const value = item && toStep(item, scope, paths);
  if (value === undefined || list?.exprKind.case !== "listExpr") return undefined;
  const texts = list.exprKind.value.elements.map((element) => toConstantText(element));
  if (texts.includes(undefined)) return undefined;
  const length = texts.reduce((sum, text) => sum + (text?.length ?? 0), 0);
  return (frame) => {
    const text = value(frame);
    if (text instanceof AbsentField) return text;
    if (typeof text !== "string") return UNDECIDED;
    const characters = length + text.length * texts.length;
    if (spend(frame, texts.length + characters / CHARACTERS_A_STEP)) return UNDECIDED;
    return texts.includes(text);
  };
}

/** `exists` ends at the first true, `all` at the first false; else the first item with a missing field decides. */
function toMacro(expr: Expr, scope: Scope, paths: AccessPaths): Step | undefined {
  const parts = toComprehension(expr);
  const macro = parts && toTest(parts.inner, parts.accumulator);
  if (parts?.range === undefined || macro === undefined) return undefined;
  const range = toStep(parts.range, scope, paths);
  const test = toStep(macro.test, [...scope, parts.variable], paths);
  if (range === undefined || test === undefined) return undefined;
  const cost = countIterationCost(expr);
  const { decisive } = macro;
  const depth = scope.length;
  return (frame) => {
    const list = range(frame);
    if (!Array.isArray(list)) return list instanceof AbsentField ? list : UNDECIDED;
    if (spend(frame, 1 + list.length * cost)) return UNDECIDED;
    let result: unknown = !decisive;
    for (const item of list as readonly unknown[]) {
      frame.items[depth] = item ?? UNDECIDED;
      const value = test(frame);
      if (value === decisive) return decisive;
      if (!isTruth(value)) return UNDECIDED;
      if (typeof result === "boolean") result = value;
    }
    return result;
  };
}

/** The test of `exists` (`accumulator || test`) or `all` (`accumulator && test`); undefined for other macros. */
function toTest(
  inner: readonly Expr[],
  accumulator: string,
): { readonly test: Expr; readonly decisive: boolean } | undefined {
  const [, , step, result] = inner;
  if (step?.exprKind.case !== "callExpr" || !isIdentifier(result, accumulator)) return undefined;
  const { function: name, args } = step.exprKind.value;
  const [before, test] = args;
  if (test === undefined || args.length !== 2 || !isIdentifier(before, accumulator))
    return undefined;
  if (name === "_||_") return { test, decisive: true };
  return name === "_&&_" ? { test, decisive: false } : undefined;
}

function isIdentifier(expr: Expr | undefined, name: string): boolean {
  return expr?.exprKind.case === "identExpr" && expr.exprKind.value.name === name;
}
