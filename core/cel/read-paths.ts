import { EACH, type FieldPattern } from "../json/field-pattern.ts";
import { parse } from "./syntax/parse.ts";
import { toChildren, toConstantIndex, type Expr, type Node } from "./syntax/tree.ts";

export type ReadPath = {
  readonly path: FieldPattern;
  /** Everything below the path is read too; else only whether the field exists. */
  readonly whole: boolean;
};

/** "all": the object is used as a whole, so any part of it may matter. */
export type ReadPaths = readonly ReadPath[] | "all";

/**
 * The paths of the variable `object` that a CEL expression reads; never fewer than it reads. A value that goes into a function,
 * a comparison or the result is read as a whole. For an expression that does not parse it is "all"; the compiler reports the fault.
 */
export function findReadPaths(source: string): ReadPaths {
  const reads = new Map<string, ReadPath>();
  const note = (path: FieldPattern, whole: boolean): void => {
    reads.set(JSON.stringify([path, whole]), { path, whole });
  };
  try {
    consume(trace(parse(source), new Map(), note), note);
  } catch {
    return "all";
  }
  const found = [...reads.values()];
  return found.some(({ path }) => path.length === 0) ? "all" : found;
}

type Note = (path: FieldPattern, whole: boolean) => void;

/** What the value of an expression may be: the values at these places of the object, or a list of these items. */
type Value = { readonly places: readonly FieldPattern[]; readonly items: readonly Value[] };

const NOTHING: Value = { places: [], items: [] };

/** The values of the names inside a macro. */
type Scope = ReadonlyMap<string, Value>;

function trace(expr: Expr, scope: Scope, note: Note): Value {
  switch (expr.type) {
    case "variable":
      return (
        scope.get(expr.name) ?? (expr.name === "object" ? { places: [[]], items: [] } : NOTHING)
      );
    case "select":
      return step(trace(expr.operand, scope, note), expr.field);
    case "has":
      for (const place of step(trace(expr.operand, scope, note), expr.field).places) {
        note(place, false);
      }
      return NOTHING;
    case "index": {
      consume(trace(expr.index, scope, note), note);
      const key = toConstantIndex(expr);
      // A number may be the index of a list, and patterns do not distinguish its items.
      const written = key?.written.startsWith('"') === true ? key.key : EACH;
      return step(trace(expr.operand, scope, note), written);
    }
    case "list":
      return { places: [], items: expr.items.map(({ value }) => trace(value, scope, note)) };
    case "call":
      return traceCall(expr, scope, note);
    case "macro":
      return traceMacro(expr, scope, note);
    case "map":
    case "constant":
      for (const child of toChildren(expr)) consume(trace(child, scope, note), note);
      return NOTHING;
  }
}

/** Methods that give a part of what they are applied to, or the other value. */
const PASSING = new Set(["orValue", "or", "value"]);

function traceCall(expr: Node<"call">, scope: Scope, note: Note): Value {
  const values = toChildren(expr).map((child) => trace(child, scope, note));
  const [first = NOTHING, second = NOTHING, third = NOTHING] = values;
  if (expr.target !== undefined && PASSING.has(expr.name)) return join(first, second);
  if (expr.target !== undefined && expr.name === "hasValue") {
    for (const place of first.places) note(place, false);
    return NOTHING;
  }
  switch (expr.name) {
    case "?:":
      consume(first, note);
      return join(second, third);
    case "+":
      return join(first, second);
    case "size":
      count(first, note);
      return NOTHING;
    default:
      for (const value of values) consume(value, note);
      return NOTHING;
  }
}

/** A macro: its variables are each item or key of the range, and what it gives is made of its bodies. */
function traceMacro(expr: Node<"macro">, scope: Scope, note: Note): Value {
  const range = trace(expr.range, scope, note);
  const { name, variables } = expr;
  const isOptional = name === "optMap" || name === "optFlatMap";
  if (!isOptional) count(range, note);
  const item = isOptional ? range : step(range, EACH);
  const bodies = (inner: Scope): readonly Value[] =>
    expr.bodies.map((body) => trace(body, inner, note));
  const results = bodies(new Map([...scope, ...variables.map((one) => [one, item] as const)]));
  const [first = NOTHING] = results;
  const last = results.at(-1) ?? NOTHING;
  if (isOptional) return last;
  if (name === "map" || name === "transformList") {
    if (results.length > 1) consume(first, note);
    return { places: [], items: [last] };
  }
  for (const result of results) consume(result, note);
  if (name === "filter" || name === "sortBy") return { places: [], items: [item] };
  return NOTHING;
}

function step(value: Value, key: string | typeof EACH): Value {
  const places = value.places.map((place) => [...place, key]);
  return key === EACH ? value.items.reduce(join, { places, items: [] }) : { places, items: [] };
}

function join(a: Value, b: Value): Value {
  if (a === NOTHING) return b;
  if (b === NOTHING) return a;
  return { places: [...a.places, ...b.places], items: [...a.items, ...b.items] };
}

/** Notes that the number of items, or the keys, are read. */
function count(value: Value, note: Note): void {
  for (const place of value.places) note([...place, EACH], false);
}

/** Notes that the whole value is read. */
function consume(value: Value, note: Note): void {
  for (const place of value.places) note(place, true);
  for (const item of value.items) consume(item, note);
}

/**
 * Whether a read path may include a value at the pattern, or below it. In doubt it does: a list on the way is traversed, whether
 * or not the pattern has a `[*]` there.
 */
export function isAffected({ path, whole }: ReadPath, pattern: FieldPattern): boolean {
  // The positions in the pattern that the path may have reached.
  let places = new Set([0]);
  for (const step of path) {
    const next = new Set<number>();
    for (const at of places) {
      const key = pattern[at];
      if (key === EACH || step === EACH || step === key) next.add(at + 1);
      if (step === EACH && key !== EACH) next.add(at);
    }
    if (next.has(pattern.length)) return true;
    places = next;
  }
  return whole && places.size > 0;
}
