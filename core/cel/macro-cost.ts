import { FOLD } from "./functions.ts";
import { toChildren, toComprehension, type Expr } from "./tree.ts";

/**
 * Makes every macro pay for its turns: `list.all(x, test)` becomes `fold(list, cost of one test).all(x, test)`. Changes the
 * tree; to be done last. A macro inside a macro pays for itself, each time it is reached.
 */
export function meterFolds(root: Expr): void {
  for (const child of toChildren(root)) meterFolds(child);
  const { exprKind } = root;
  if (exprKind.case !== "comprehensionExpr" || exprKind.value.iterRange === undefined) return;
  const { iterRange } = exprKind.value;
  const turn = countTurnNodes(root);
  const constant = {
    ...iterRange,
    exprKind: {
      case: "constExpr",
      value: {
        $typeName: "cel.expr.Constant",
        constantKind: { case: "int64Value", value: BigInt(turn) },
      },
    },
  } satisfies Expr;
  exprKind.value.iterRange = {
    ...iterRange,
    exprKind: {
      case: "callExpr",
      value: { $typeName: "cel.expr.Expr.Call", function: FOLD, args: [iterRange, constant] },
    },
  };
}

/** What one turn of a macro costs. */
export function countTurnNodes(macro: Expr): number {
  return toComprehension(macro)?.inner.reduce((sum, part) => sum + countNodes(part), 1) ?? 1;
}

/** Nodes that are evaluated each turn: not those inside a further macro, except for its range. */
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
