import { compilePattern } from "./patterns/patterns.ts";
import { findFunctions } from "./registry/registry.ts";
import { PATTERN_METHODS } from "./library/regexes.ts";
import { isVariable, TYPE_NAMES, VARIABLES } from "./plan/variables.ts";
import { findConstantFault } from "./constant-faults.ts";
import { describeUnknownFunction } from "./near-functions.ts";
import {
  isMacroName,
  isSingle,
  MACROS,
  toChildren,
  toConstantText,
  type Expr,
  type Node,
} from "./syntax/tree.ts";

/** Longest expression, in characters: a page of text, far more than a condition needs. */
export const MAX_EXPRESSION_LENGTH = 4096;
/** Most nodes of a parsed expression. */
export const MAX_EXPRESSION_NODES = 1000;
/** Deepest nesting of macros: three nested `all` over 200 items are 8 million iterations, two are 40,000. */
export const MAX_MACRO_NESTING = 2;

/** Operators, with the number of their operands. */
const OPERATORS: Readonly<Record<string, number>> = {
  "?:": 3,
  "!_": 1,
  "-_": 1,
  "&&": 2,
  "||": 2,
  "==": 2,
  "!=": 2,
  "<": 2,
  "<=": 2,
  ">": 2,
  ">=": 2,
  "+": 2,
  "-": 2,
  "*": 2,
  "/": 2,
  "%": 2,
  in: 2,
};

/** A fault that is found before evaluation. `offset` counts UTF-16 units from the start of the source. */
export type BoundFault = { readonly message: string; readonly offset: number };

/** The first fault that does not depend on data: of size, nesting, names of variables and functions, patterns and constants. */
export function findBoundFault(root: Expr): BoundFault | undefined {
  let nodes = 0;
  const visit = (expr: Expr, scope: ReadonlySet<string>, depth: number): BoundFault | undefined => {
    nodes += 1;
    if (nodes > MAX_EXPRESSION_NODES) return tooLarge(expr);
    const fault = checkNode(expr, scope);
    if (fault !== undefined) return fault;
    if (expr.type !== "macro")
      return findFirst(toChildren(expr), (child) => visit(child, scope, depth));
    const inner = new Set([...scope, ...expr.variables]);
    const innerDepth = depth + (isSingle(expr.name) ? 0 : 1);
    if (innerDepth > MAX_MACRO_NESTING) {
      const message = `macros are nested more than ${MAX_MACRO_NESTING} deep`;
      return { message, offset: expr.offset };
    }
    return (
      visit(expr.range, scope, depth) ??
      findFirst(expr.bodies, (body) => visit(body, inner, innerDepth))
    );
  };
  return visit(root, new Set(), 0);
}

function findFirst(
  parts: readonly Expr[],
  visit: (part: Expr) => BoundFault | undefined,
): BoundFault | undefined {
  for (const part of parts) {
    const fault = visit(part);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function tooLarge({ offset }: Expr): BoundFault {
  return { message: `the expression has more than ${MAX_EXPRESSION_NODES} parts`, offset };
}

function checkNode(expr: Expr, scope: ReadonlySet<string>): BoundFault | undefined {
  if (expr.type === "call") return checkCall(expr) ?? findConstantFault(expr);
  if (expr.type !== "variable") return undefined;
  const { name, offset } = expr;
  if (scope.has(name) || TYPE_NAMES.has(name) || isVariable(name)) return undefined;
  return { message: `unknown variable ${name}: the variables are ${VARIABLES.join(", ")}`, offset };
}

function checkCall({ name, target, args, offset }: Node<"call">): BoundFault | undefined {
  if (target === undefined && OPERATORS[name] === args.length) return undefined;
  if (isMacroName(name) || name === "has") {
    return { message: `${name} is written ${describeMacro(name)}`, offset };
  }
  const isLazy = target !== undefined && (name === "or" || name === "orValue");
  const known = findFunctions(target === undefined ? name : `.${name}`);
  if (known.length === 0 && !isLazy) {
    return { message: describeUnknownFunction(name, target !== undefined), offset };
  }
  const count = args.length + (target === undefined ? 0 : 1);
  const fits = isLazy ? count === 2 : known.some(({ counts }) => counts.includes(count));
  if (fits) return checkPattern(name, args, target, offset);
  const written = target === undefined ? `${name}()` : `x.${name}()`;
  return { message: `there is no ${written} with ${args.length} arguments`, offset };
}

function describeMacro(name: string): string {
  if (name === "has") return "has(object.field)";
  if (name === "optMap" || name === "optFlatMap") return `optional.${name}(x, value with x)`;
  if (name === "sortBy") return "list.sortBy(x, what to sort by)";
  if (name === "existsOne") return "list.exists_one(x, condition on x)";
  if (name === "map") return "list.map(x, value with x)";
  const takesOne = isMacroName(name) && MACROS[name][0]?.[0] === 1;
  return takesOne ? `list.${name}(x, condition on x)` : `map.${name}(key, value, new value)`;
}

/** A pattern is a literal in the rule, so that it is compiled now and its faults are found before evaluation. */
function checkPattern(
  name: string,
  args: readonly Expr[],
  target: Expr | undefined,
  offset: number,
): BoundFault | undefined {
  if (!PATTERN_METHODS.has(name)) return undefined;
  const pattern = toConstantText(args[target === undefined ? 1 : 0]);
  if (pattern === undefined) {
    return { message: `the pattern of ${name} must be a literal 'text', not computed`, offset };
  }
  const compiled = compilePattern(pattern);
  return compiled.ok ? undefined : { message: compiled.error, offset };
}
