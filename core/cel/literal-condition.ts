import { parse } from "./syntax/parse.ts";
import { toArguments, toChildren, toConstantText, toFieldPath, type Expr } from "./syntax/tree.ts";

/**
 * The types T for which a condition contains `object.status.conditions.exists(c, c.type == "T" && ...)`, each once.
 * Empty if the expression does not parse: the compiler reports that.
 */
export function findLiteralConditions(where: string): readonly string[] {
  const found = new Set<string>();
  const visit = (expr: Expr): void => {
    const type = toLiteralCondition(expr);
    if (type !== undefined) found.add(type);
    for (const child of toChildren(expr)) visit(child);
  };
  try {
    visit(parse(where));
  } catch {
    return [];
  }
  return [...found];
}

function toLiteralCondition(expr: Expr): string | undefined {
  if (expr.type !== "macro" || expr.name !== "exists" || expr.variables.length !== 1)
    return undefined;
  if (toFieldPath(expr.range)?.join(".") !== "object.status.conditions") return undefined;
  let [first] = expr.bodies;
  for (let args = toArguments(first, "&&"); args.length > 0; args = toArguments(first, "&&")) {
    first = args[0];
  }
  const [left, right] = toArguments(first, "==");
  const path = left === undefined ? undefined : toFieldPath(left)?.join(".");
  return path === `${expr.variables[0]}.type` ? toConstantText(right) : undefined;
}
