import { refuse, ok, type Result } from "../result.ts";
import { findBoundFault, MAX_EXPRESSION_LENGTH } from "./bounds.ts";
import { planExpression } from "./plan/plan.ts";
import type { Step } from "./plan/step.ts";
import { toJavaScript } from "./values/json.ts";
import { parse } from "./syntax/parse.ts";
import { toSyntaxFault } from "./syntax/syntax-fault.ts";
import { Failure } from "./values/failure.ts";
import { BudgetError, metered } from "./values/meter.ts";
import { Optional } from "./values/optional.ts";

/** The variables of an expression. `now` (RFC 3339) becomes a CEL timestamp; a variable without a value is unknown. */
export type Bindings = {
  readonly object: unknown;
  readonly change?: unknown;
  readonly references?: unknown;
  readonly cluster: { readonly name: string; readonly uid: string };
  readonly now: string;
};

/**
 * The result of an evaluation. `unknown` means that a field does not exist or is null where a value is needed, with its path;
 * `error` is any other failure, such as types that do not fit. They are kept apart because a field that a young object does not have
 * yet is not a fault of the rule.
 */
export type Evaluation =
  | { readonly outcome: "value"; readonly value: unknown }
  | { readonly outcome: "unknown"; readonly path: string }
  | { readonly outcome: "error"; readonly message: string };

export type Expression = {
  readonly source: string;
  /** Never throws; the same bindings give the same answer. */
  readonly evaluate: (bindings: Bindings) => Evaluation;
};

/** `offset` counts UTF-16 units from the start of the source. */
export type ExpressionFault = { readonly message: string; readonly offset?: number };

/**
 * Compiles a CEL expression over `object`, `change`, `references`, `cluster` and `now`; never throws. The language and its functions
 * are those of Kubernetes 1.36: docs/cel.md.
 *
 * Bounded before evaluation: length, number of nodes, macros nested at most twice; patterns are literals, in RE2; constants that a
 * function refuses are faults. Bounded during evaluation: whatever is iterated, compared, copied or searched costs steps, see
 * values/meter.ts.
 */
export function compileExpression(source: string): Result<Expression, ExpressionFault> {
  const known = expressions.get(source);
  if (known !== undefined) return known;
  const compiled = compile(source);
  if (expressions.size >= MAX_EXPRESSIONS) expressions.clear();
  expressions.set(source, compiled);
  return compiled;
}

/** Compiling takes a fraction of a millisecond, and every message needs the same few expressions of the pipeline. */
const expressions = new Map<string, Result<Expression, ExpressionFault>>();
const MAX_EXPRESSIONS = 1_000;

function compile(source: string): Result<Expression, ExpressionFault> {
  if (source.length > MAX_EXPRESSION_LENGTH) {
    return refuse({ message: `longer than ${MAX_EXPRESSION_LENGTH} characters`, offset: 0 });
  }
  try {
    const expr = parse(source);
    const fault = findBoundFault(expr);
    if (fault !== undefined) return refuse(fault);
    const step = planExpression(expr);
    return ok({ source, evaluate: (bindings) => evaluate(step, bindings) });
  } catch (error) {
    return refuse(toSyntaxFault(error, source));
  }
}

function evaluate(step: Step, bindings: Bindings): Evaluation {
  try {
    return metered(() => toEvaluation(step, bindings));
  } catch (error) {
    return { outcome: "error", message: describeThrown(error) };
  }
}

function toEvaluation(step: Step, bindings: Bindings): Evaluation {
  const answer = step({ variables: bindings, locals: [] });
  if (typeof answer === "boolean") return { outcome: "value", value: answer };
  if (answer instanceof Failure) return toFailure(answer);
  if (answer instanceof Optional) return { outcome: "error", message: OPTIONAL_RESULT };
  return { outcome: "value", value: toJavaScript(answer) };
}

const OPTIONAL_RESULT =
  "the result is an optional: orValue(...) gives its value, or another one if it has none";

function toFailure({ message, path }: Failure): Evaluation {
  if (path !== undefined) return { outcome: "unknown", path: path.slice(0, MAX_TEXT_LENGTH) };
  return { outcome: "error", message: message.slice(0, MAX_TEXT_LENGTH) };
}

const MAX_TEXT_LENGTH = 300;
const TOO_DEEP = "the object, or the expression, is nested too deeply";

function describeThrown(error: unknown): string {
  if (error instanceof BudgetError) return error.message;
  if (error instanceof RangeError) return TOO_DEEP;
  return error instanceof Error ? error.message.slice(0, MAX_TEXT_LENGTH) : String(error);
}
