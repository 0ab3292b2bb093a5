import { Failure, toAbsence } from "../values/failure.ts";
import { isFields, toTypeName, type Answer, type Value } from "../values/value.ts";
import { toConstantIndex, type Expr, type Node } from "../syntax/tree.ts";
import type { Variable } from "./variables.ts";

/** One evaluation: the values of the variables, and those of the macros around the current step, outermost first. */
export type Frame = {
  /** As they were given, `now` as text: they are converted when they are read. */
  readonly variables: Readonly<Partial<Record<Variable, unknown>>>;
  readonly locals: Value[];
};

/** A part of an expression, ready to be evaluated. */
export type Step = (frame: Frame) => Answer;

/** The variables of the enclosing macros, outermost first, with readable paths of what they stand for. */
export type Scope = readonly { readonly name: string; readonly path: string }[];

/** A part of an expression with what is needed to explain its failures. */
export type Operand = { readonly step: Step; readonly expr: Expr; readonly path: string };

/** Plans a part of an expression inside the given macros. */
export type Planner = (expr: Expr, scope: Scope) => Operand;

/** Each part of an expression is planned once, in one scope, and its path begins with that of its operand. */
const paths = new WeakMap<Expr, string>();

/** The readable path of what an expression reads: `object.status.conditions[].type`. */
export function toPath(expr: Expr, scope: Scope): string {
  const known = paths.get(expr);
  if (known !== undefined) return known;
  const path = writePath(expr, scope);
  paths.set(expr, path);
  return path;
}

function writePath(expr: Expr, scope: Scope): string {
  switch (expr.type) {
    case "variable":
      return scope.findLast(({ name }) => name === expr.name)?.path ?? expr.name;
    case "select":
    case "has":
      return `${toPath(expr.operand, scope)}.${expr.field}`;
    case "index": {
      const { index } = expr;
      const written = toConstantIndex(expr)?.written ?? toPath(index, scope);
      return `${toPath(expr.operand, scope)}[${written}]`;
    }
    case "macro":
      return `${toPath(expr.range, scope)}.${expr.name}(…)`;
    case "call":
      return writeCall(expr, scope);
    case "list":
      return "[…]";
    case "map":
      return "{…}";
    case "constant":
      return "(value)";
  }
}

/** Operators have no name that an expression could contain. */
function writeCall({ name, target, args: [first] }: Node<"call">, scope: Scope): string {
  if (target !== undefined) return `${toPath(target, scope)}.${name}(…)`;
  if (name === "dyn" && first !== undefined) return toPath(first, scope);
  return /^\w+(?:\.\w+)*$/.test(name) ? `${name}(…)` : "(value)";
}

/**
 * The failure of a function or operator that does not take values of these types. A null that was read counts as absent, as in the
 * Kubernetes API: then the answer is unknown.
 */
export function toMisfit(
  name: string,
  values: readonly Value[],
  operands: readonly Operand[],
): Failure {
  const index = values.findIndex(
    (value, at) => value === null && operands[at]?.expr.type !== "constant",
  );
  const absent = operands[index];
  if (absent !== undefined) return toAbsence(absent.path);
  const types = values.map((value) => toTypeName(value)).join(", ");
  const written = name.replace(/_$/, "");
  return new Failure(
    `${written} does not take (${types}): string(x), int(x) and double(x) convert`,
  );
}

/** The failure of looking up a field or an index in a value: it is absent, or the value can have none. */
export function toHolderFailure(value: Value, path: string): Failure {
  if (value === null) return toAbsence(path);
  const isHolder = isFields(value);
  return isHolder ? toAbsence(path) : new Failure(`${path}: the value before it has no fields`);
}
