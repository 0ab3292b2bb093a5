import { type parse } from "@bufbuild/cel";

/** The library's own tree. It is named here so that no other package of the library has to be imported. */
export type Expr = ReturnType<typeof parse>["expr"];

export type ComprehensionParts = {
  readonly variable: string;
  readonly accumulator: string;
  readonly range: Expr | undefined;
  readonly inner: readonly Expr[];
};

/** The parts of a macro (`exists`, `all`, `filter` ...); undefined for any other node. */
export function toComprehension(expr: Expr): ComprehensionParts | undefined {
  if (expr.exprKind.case !== "comprehensionExpr") return undefined;
  const { iterVar, accuVar, iterRange, accuInit, loopCondition, loopStep, result } =
    expr.exprKind.value;
  return {
    variable: iterVar,
    accumulator: accuVar,
    range: iterRange,
    inner: [accuInit, loopCondition, loopStep, result].filter((part) => part !== undefined),
  };
}

/** The direct children of a node, in the order of the source, including the range of a macro. */
export function toChildren(expr: Expr): readonly Expr[] {
  const { exprKind } = expr;
  if (exprKind.case === "selectExpr") {
    return exprKind.value.operand === undefined ? [] : [exprKind.value.operand];
  }
  if (exprKind.case === "callExpr") {
    const { target, args } = exprKind.value;
    return target === undefined ? args : [target, ...args];
  }
  if (exprKind.case === "listExpr") return exprKind.value.elements;
  if (exprKind.case === "structExpr") {
    return exprKind.value.entries.flatMap((entry) => {
      const key = entry.keyKind.case === "mapKey" ? [entry.keyKind.value] : [];
      return entry.value === undefined ? key : [...key, entry.value];
    });
  }
  const parts = toComprehension(expr);
  if (parts === undefined) return [];
  return parts.range === undefined ? parts.inner : [parts.range, ...parts.inner];
}

/** The constant key of `x["key"]` or `x[0]`, also as written; undefined for a computed key or any other node. */
export function toConstantIndex(
  expr: Expr,
): { readonly key: string; readonly written: string } | undefined {
  if (expr.exprKind.case !== "callExpr" || expr.exprKind.value.function !== "_[_]")
    return undefined;
  const index = expr.exprKind.value.args[1];
  const text = toConstantText(index);
  if (text !== undefined) return { key: text, written: JSON.stringify(text) };
  if (index?.exprKind.case !== "constExpr") return undefined;
  const { constantKind } = index.exprKind.value;
  if (constantKind.case !== "int64Value" && constantKind.case !== "uint64Value") return undefined;
  return { key: String(constantKind.value), written: String(constantKind.value) };
}

/** The text of a constant string node; undefined for any other node. */
export function toConstantText(expr: Expr | undefined): string | undefined {
  if (expr?.exprKind.case !== "constExpr") return undefined;
  const { constantKind } = expr.exprKind.value;
  return constantKind.case === "stringValue" ? constantKind.value : undefined;
}
