import { SyntaxFaultError } from "./tokens.ts";
import { isMacroName, MACROS, type Expr } from "./tree.ts";

/**
 * `list.exists(x, ...)` and the like; undefined if the call has not the form of a macro, and is a call of a function of that name or a
 * fault. Throws a SyntaxFaultError if both variables have one name.
 */
export function toMacro(
  name: string,
  range: Expr,
  args: readonly Expr[],
  offset: number,
): Expr | undefined {
  if (!isMacroName(name)) return undefined;
  const form = MACROS[name].find(([variables, bodies]) => variables + bodies === args.length);
  if (form === undefined) return undefined;
  const [count] = form;
  const names = args.slice(0, count);
  const variables = names.flatMap((arg) =>
    arg.type === "variable" && arg.isAbsolute !== true ? [arg.name] : [],
  );
  if (variables.length < count) return undefined;
  if (new Set(variables).size < count) {
    throw new SyntaxFaultError(`${name} needs two different variables`, names[1]?.offset ?? offset);
  }
  return { type: "macro", name, range, variables, bodies: args.slice(count), offset };
}
