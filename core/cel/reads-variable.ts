import { parse } from "./syntax/parse.ts";
import { toChildren, toConstantIndex, type Expr } from "./syntax/tree.ts";

/**
 * Whether an expression reads a variable, apart from these fields of it. Texts, fields and the variables of macros that have its name are
 * something else. In doubt it does: an expression that does not parse is reported by the compiler.
 */
export function readsVariable(
  source: string,
  variable: string,
  exceptFields: ReadonlySet<string>,
): boolean {
  const reads = (expr: Expr): boolean => {
    if (expr.type === "variable") return expr.name === variable;
    if (isFieldOf(expr, variable, exceptFields)) return false;
    // Inside the macro its own variable has the name.
    if (expr.type === "macro" && expr.variables.includes(variable)) return reads(expr.range);
    return toChildren(expr).some(reads);
  };
  try {
    return reads(parse(source));
  } catch {
    return true;
  }
}

function isFieldOf(expr: Expr, variable: string, fields: ReadonlySet<string>): boolean {
  const field =
    expr.type === "select" || expr.type === "has" ? expr.field : toConstantIndex(expr)?.key;
  if (field === undefined || !fields.has(field) || !("operand" in expr)) return false;
  return expr.operand.type === "variable" && expr.operand.name === variable;
}
