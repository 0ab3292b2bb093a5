import { parse } from "@bufbuild/cel";
import { toChildren, toComprehension, toConstantText, type Expr } from "./tree.ts";

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
    visit(parse(where).expr);
  } catch {
    return [];
  }
  return [...found];
}

function toLiteralCondition(expr: Expr): string | undefined {
  const comprehension = toComprehension(expr);
  if (comprehension === undefined || !isPath(comprehension.range, CONDITIONS)) return undefined;
  // Only `exists` combines its tests with `accumulator || test`.
  const [, test] = comprehension.inner.flatMap((part) => toArguments(part, "_||_"));
  let first = test;
  for (let args = toArguments(first, "_&&_"); args.length > 0; args = toArguments(first, "_&&_")) {
    first = args[0];
  }
  const [left, right] = toArguments(first, "_==_");
  return isPath(left, [comprehension.variable, "type"]) ? toConstantText(right) : undefined;
}

const CONDITIONS = ["object", "status", "conditions"];

function toArguments(expr: Expr | undefined, name: string): readonly Expr[] {
  if (expr?.exprKind.case !== "callExpr" || expr.exprKind.value.function !== name) return [];
  return expr.exprKind.value.args;
}

function isPath(expr: Expr | undefined, path: readonly string[]): boolean {
  const last = path.at(-1);
  if (expr?.exprKind.case === "identExpr") {
    return path.length === 1 && expr.exprKind.value.name === last;
  }
  if (expr?.exprKind.case !== "selectExpr" || expr.exprKind.value.testOnly) return false;
  return (
    expr.exprKind.value.field === last && isPath(expr.exprKind.value.operand, path.slice(0, -1))
  );
}
