/*
 * Stands in, in the functions' bundles, for what the CEL library imports and never uses there: it costs a cold start some
 * 60 KB and 10 ms. `isMessage(expr, CheckedExprSchema)` in its plan.js asks a schema only for its name, and its own `matches`
 * (std/logic.js) is replaced by ours, see core/cel/functions.ts.
 */

type MessageName = { readonly typeName: string };

export const CheckedExprSchema: MessageName = { typeName: "cel.expr.CheckedExpr" };
export const ParsedExprSchema: MessageName = { typeName: "cel.expr.ParsedExpr" };
export const ExprSchema: MessageName = { typeName: "cel.expr.Expr" };

export const RE2JS: { readonly compile: () => never } = {
  compile() {
    throw new Error("the CEL library's own `matches` is not in this bundle");
  },
};
