import type { Value } from "../values/value.ts";

/** A node of a parsed expression. `offset` is its place in the source, in UTF-16 units: of an operator, the operator's own. */
export type Expr = { readonly offset: number } & (
  | { readonly type: "constant"; readonly value: Value }
  /** `isAbsolute`: written with a dot before it. */
  | { readonly type: "variable"; readonly name: string; readonly isAbsolute?: boolean }
  /** `operand.field`, or `operand.?field` if optional. */
  | {
      readonly type: "select";
      readonly operand: Expr;
      readonly field: string;
      readonly isOptional: boolean;
    }
  /** `has(operand.field)` */
  | {
      readonly type: "has";
      readonly operand: Expr;
      readonly field: string;
      readonly isOptional: boolean;
    }
  /** `operand[index]`, or `operand[?index]` if optional. */
  | {
      readonly type: "index";
      readonly operand: Expr;
      readonly index: Expr;
      readonly isOptional: boolean;
    }
  /** A function, a method of `target`, or an operator: `size`, `sets.contains`, `&&`, `!_`, `?:`. */
  | {
      readonly type: "call";
      readonly name: string;
      readonly target?: Expr | undefined;
      readonly args: readonly Expr[];
    }
  | { readonly type: "list"; readonly items: readonly ListItem[] }
  | { readonly type: "map"; readonly entries: readonly MapEntry[] }
  /** `range.exists(variable, body)`: each body is evaluated with the variables. */
  | {
      readonly type: "macro";
      readonly name: MacroName;
      readonly range: Expr;
      readonly variables: readonly string[];
      readonly bodies: readonly Expr[];
    }
);

export type ListItem = { readonly value: Expr; readonly isOptional: boolean };
export type MapEntry = { readonly key: Expr; readonly value: Expr; readonly isOptional: boolean };

export type Node<Type extends Expr["type"]> = Extract<Expr, { readonly type: Type }>;

export type MacroName =
  | "all"
  | "exists"
  | "existsOne"
  | "exists_one"
  | "filter"
  | "map"
  | "sortBy"
  | "transformList"
  | "transformMap"
  | "transformMapEntry"
  | "optMap"
  | "optFlatMap";

type Form = readonly [variables: number, bodies: number];

const ONE: Form = [1, 1];
const TWO: readonly Form[] = [ONE, [2, 1]];
const TRANSFORM: readonly Form[] = [
  [2, 1],
  [2, 2],
];

/** The macros, with the numbers of variables and of bodies that they take. */
export const MACROS: Readonly<Record<MacroName, readonly Form[]>> = {
  all: TWO,
  exists: TWO,
  // With one variable, only `exists_one` is in the CEL of Kubernetes.
  existsOne: [[2, 1]],
  exists_one: TWO,
  filter: [ONE],
  map: [ONE, [1, 2]],
  sortBy: [ONE],
  transformList: TRANSFORM,
  transformMap: TRANSFORM,
  transformMapEntry: TRANSFORM,
  optMap: [ONE],
  optFlatMap: [ONE],
};

export function isMacroName(name: string): name is MacroName {
  return Object.hasOwn(MACROS, name);
}

/** Whether a macro evaluates its bodies at most once. */
export function isSingle(name: MacroName): boolean {
  return name === "optMap" || name === "optFlatMap";
}

/** The direct children of a node, in the order of the source; of a macro, its range comes first. */
export function toChildren(expr: Expr): readonly Expr[] {
  switch (expr.type) {
    case "constant":
    case "variable":
      return [];
    case "select":
    case "has":
      return [expr.operand];
    case "index":
      return [expr.operand, expr.index];
    case "call":
      return expr.target === undefined ? expr.args : [expr.target, ...expr.args];
    case "list":
      return expr.items.map(({ value }) => value);
    case "map":
      return expr.entries.flatMap(({ key, value }) => [key, value]);
    case "macro":
      return [expr.range, ...expr.bodies];
  }
}

/** The text of a constant string node; undefined for any other node. */
export function toConstantText(expr: Expr | undefined): string | undefined {
  return expr?.type === "constant" && typeof expr.value === "string" ? expr.value : undefined;
}

/** The constant key of `x["key"]` or `x[0]`, also as written; undefined for a computed key or any other node. */
export function toConstantIndex(
  expr: Expr,
): { readonly key: string; readonly written: string } | undefined {
  if (expr.type !== "index" || expr.index.type !== "constant") return undefined;
  const { value } = expr.index;
  if (typeof value === "string") return { key: value, written: JSON.stringify(value) };
  return typeof value === "number" ? { key: String(value), written: String(value) } : undefined;
}

/** The sides of a call of this operator; empty for any other node. */
export function toArguments(expr: Expr | undefined, name: string): readonly Expr[] {
  return expr?.type === "call" && expr.name === name ? expr.args : [];
}

/** `["object", "status", "phase"]` of `object.status.phase`; undefined if a node is anything but a chain of plain fields. */
export function toFieldPath(expr: Expr): readonly string[] | undefined {
  const fields: string[] = [];
  let at = expr;
  while (at.type === "select" && !at.isOptional) {
    fields.push(at.field);
    at = at.operand;
  }
  return at.type === "variable" ? [at.name, ...fields.toReversed()] : undefined;
}
