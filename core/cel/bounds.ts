import type { CelEnv } from "@bufbuild/cel";
import { compilePattern } from "./patterns.ts";
import { toChildren, toComprehension, toConstantText, type Expr } from "./tree.ts";

/** Longest expression, in characters: a page of text, far more than a condition needs. */
export const MAX_EXPRESSION_LENGTH = 4096;
/** Most nodes of a parsed expression. */
export const MAX_EXPRESSION_NODES = 1000;
/** Deepest nesting of macros. Three nested `all` over 200 items took 2.3 s; two are 40,000 iterations. */
export const MAX_MACRO_NESTING = 2;

export const VARIABLES = ["object", "change", "references", "cluster", "now"] as const;
export type Variable = (typeof VARIABLES)[number];

const TYPE_NAMES = new Set("int uint double bool string bytes list map null_type type".split(" "));
const MACROS = new Set(["has", "exists", "all", "exists_one", "existsOne", "map", "filter"]);
/** The planner of the library handles these itself, so no function of that name is registered. */
const OPERATORS = new Set(["_[_]", "_?_:_", "_&&_", "_||_", "@not_strictly_false"]);

/** A fault that is found before evaluation. `exprId` leads to its place in the source. */
export type BoundFault = { readonly message: string; readonly exprId: bigint };

export type Inspection = { readonly fault?: BoundFault; readonly variables: ReadonlySet<string> };

/** Checks what does not depend on data: size, nesting of macros, names of variables and functions. */
export function inspectExpression(root: Expr, env: CelEnv): Inspection {
  const variables = new Set<string>();
  let nodes = 0;
  let fault: BoundFault | undefined;

  const visit = (expr: Expr, scope: ReadonlySet<string>, depth: number): void => {
    nodes += 1;
    fault ??= nodes > MAX_EXPRESSION_NODES ? tooLarge(expr) : checkNode(expr, scope, env);
    if (fault !== undefined) return;
    if (expr.exprKind.case === "identExpr" && !scope.has(expr.exprKind.value.name)) {
      variables.add(expr.exprKind.value.name);
    }
    const comprehension = toComprehension(expr);
    if (comprehension === undefined) {
      for (const child of toChildren(expr)) visit(child, scope, depth);
      return;
    }
    if (depth + 1 > MAX_MACRO_NESTING) {
      fault = {
        message: `macros are nested more than ${MAX_MACRO_NESTING} deep`,
        exprId: expr.id,
      };
      return;
    }
    if (comprehension.range !== undefined) visit(comprehension.range, scope, depth);
    const inner = new Set(scope).add(comprehension.variable).add(comprehension.accumulator);
    for (const part of comprehension.inner) visit(part, inner, depth + 1);
  };
  visit(root, new Set(), 0);
  return fault === undefined ? { variables } : { fault, variables };
}

function tooLarge(expr: Expr): BoundFault {
  return { message: `the expression has more than ${MAX_EXPRESSION_NODES} parts`, exprId: expr.id };
}

function checkNode(expr: Expr, scope: ReadonlySet<string>, env: CelEnv): BoundFault | undefined {
  const { exprKind, id } = expr;
  if (exprKind.case === "callExpr") return checkCall(exprKind.value, id, env);
  if (exprKind.case === "structExpr" && exprKind.value.messageName !== "") {
    return {
      message: `message types such as ${exprKind.value.messageName}{...} are not supported`,
      exprId: id,
    };
  }
  if (exprKind.case !== "identExpr") return undefined;
  const { name } = exprKind.value;
  const known = scope.has(name) || TYPE_NAMES.has(name) || isVariable(name);
  if (known) return undefined;
  return {
    message: `unknown variable ${name}: the variables are ${VARIABLES.join(", ")}`,
    exprId: id,
  };
}

function isVariable(name: string): boolean {
  return (VARIABLES as readonly string[]).includes(name);
}

type Call = {
  readonly function: string;
  readonly target?: unknown;
  readonly args: readonly Expr[];
};

function checkCall(call: Call, exprId: bigint, env: CelEnv): BoundFault | undefined {
  const { function: name, args } = call;
  if (OPERATORS.has(name)) return undefined;
  if (MACROS.has(name)) {
    const right = name === "has" ? "has(object.field)" : `list.${name}(x, condition on x)`;
    return { message: `${name} is written ${right}`, exprId };
  }
  const overloads = env.funcs.find(name);
  if (overloads === undefined) return { message: `unknown function ${name}`, exprId };
  const isMethod = call.target !== undefined;
  for (const overload of overloads) {
    const fits = (overload.target !== undefined) === isMethod;
    if (fits && overload.arguments.length === args.length) return checkPattern(call, exprId);
  }
  const written = isMethod ? `x.${name}()` : `${name}()`;
  return { message: `there is no ${written} with ${args.length} arguments`, exprId };
}

/** A pattern is a literal in the rule, so that it is compiled now and its faults are found before evaluation. */
function checkPattern(call: Call, exprId: bigint): BoundFault | undefined {
  if (call.function !== "matches") return undefined;
  const pattern = toConstantText(call.args[0]);
  if (pattern === undefined) {
    return { message: "the pattern of matches must be a literal 'text', not computed", exprId };
  }
  const compiled = compilePattern(pattern);
  return compiled.ok ? undefined : { message: compiled.error, exprId };
}
