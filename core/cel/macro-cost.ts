import { CHARGE_ITERATIONS } from "./functions.ts";
import { toChildren, toComprehension, type Expr } from "./tree.ts";

/**
 * Charges every macro for its iterations: `list.all(x, test)` becomes `@charge(list, cost of one test).all(x, test)`. Changes
 * the tree, so it has to come last. A macro inside a macro is charged each time it is reached.
 */
export function meterMacros(root: Expr): void {
  for (const child of toChildren(root)) meterMacros(child);
  const { exprKind } = root;
  if (exprKind.case !== "comprehensionExpr" || exprKind.value.iterRange === undefined) return;
  const { iterRange } = exprKind.value;
  const cost = countIterationCost(root);
  const constant = {
    ...iterRange,
    exprKind: {
      case: "constExpr",
      value: {
        $typeName: "cel.expr.Constant",
        constantKind: { case: "int64Value", value: BigInt(cost) },
      },
    },
  } satisfies Expr;
  exprKind.value.iterRange = {
    ...iterRange,
    exprKind: {
      case: "callExpr",
      value: {
        $typeName: "cel.expr.Expr.Call",
        function: CHARGE_ITERATIONS,
        args: [iterRange, constant],
      },
    },
  };
}

/** The cost of one iteration of a macro, in steps. */
export function countIterationCost(macro: Expr): number {
  return toComprehension(macro)?.inner.reduce((sum, part) => sum + countNodes(part), 1) ?? 1;
}

/** The nodes that each iteration evaluates: not those inside a nested macro, except for its range. */
function countNodes(expr: Expr): number {
  const comprehension = toComprehension(expr);
  const children =
    comprehension === undefined
      ? toChildren(expr)
      : comprehension.range === undefined
        ? []
        : [comprehension.range];
  return children.reduce((sum, child) => sum + countNodes(child), 1);
}
