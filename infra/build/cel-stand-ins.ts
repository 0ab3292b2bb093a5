/*
 * Replaces, in the functions' bundles, what the CEL library imports but never uses there, which would cost a cold start about
 * 60 KB and 10 ms. `isMessage(expr, CheckedExprSchema)` in its plan.js reads only the schema's name, and its own `matches`
 * (std/logic.js) is replaced by ours, see core/cel/functions.ts.
 */

type MessageName = { readonly typeName: string };

export const CheckedExprSchema: MessageName = { typeName: "cel.expr.CheckedExpr" };
export const ParsedExprSchema: MessageName = { typeName: "cel.expr.ParsedExpr" };
export const ExprSchema: MessageName = { typeName: "cel.expr.Expr" };

export const RE2JS: { readonly compile: () => never } = {
  compile() {
    throw new Error("The CEL library's own `matches` is not in this bundle.");
  },
};
