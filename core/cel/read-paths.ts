import { parse } from "@bufbuild/cel";
import { EACH, type FieldPattern } from "../json/field-pattern.ts";
import { toChildren, toComprehension, toConstantIndex, type Expr } from "./tree.ts";

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
    consume(trace(parse(source).expr, new Map(), note), note);
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

function trace(expr: Expr | undefined, scope: Scope, note: Note): Value {
  if (expr === undefined) return NOTHING;
  const { exprKind } = expr;
  switch (exprKind.case) {
    case "identExpr": {
      const { name } = exprKind.value;
      return scope.get(name) ?? (name === "object" ? { places: [[]], items: [] } : NOTHING);
    }
    case "selectExpr": {
      const { operand, field, testOnly } = exprKind.value;
      const selected = step(trace(operand, scope, note), field);
      if (!testOnly) return selected;
      for (const place of selected.places) note(place, false);
      return NOTHING;
    }
    case "listExpr":
      return {
        places: [],
        items: exprKind.value.elements.map((item) => trace(item, scope, note)),
      };
    case "callExpr":
      return traceCall(expr, exprKind.value, scope, note);
    case "comprehensionExpr":
      return traceComprehension(expr, scope, note);
    case "structExpr":
    case "constExpr":
    case undefined:
      for (const child of toChildren(expr)) consume(trace(child, scope, note), note);
      return NOTHING;
  }
}

type Call = {
  readonly function: string;
  readonly target?: Expr | undefined;
  readonly args: readonly Expr[];
};

function traceCall(expr: Expr, call: Call, scope: Scope, note: Note): Value {
  const values = [...(call.target === undefined ? [] : [call.target]), ...call.args].map((child) =>
    trace(child, scope, note),
  );
  const [first = NOTHING, second = NOTHING, third = NOTHING] = values;
  switch (call.function) {
    case "_[_]": {
      consume(second, note);
      const key = toConstantIndex(expr);
      // A number may be the index of a list, and patterns do not distinguish its items.
      return step(first, key?.written.startsWith('"') === true ? key.key : EACH);
    }
    case "_?_:_":
      consume(first, note);
      return join(second, third);
    case "_+_":
      return join(first, second);
    case "size":
      count(first, note);
      return NOTHING;
    default:
      for (const value of values) consume(value, note);
      return NOTHING;
  }
}

/** A macro: its variable is each item (or key) of the range, its accumulator is the result of each iteration. */
function traceComprehension(expr: Expr, scope: Scope, note: Note): Value {
  const parts = toComprehension(expr);
  if (parts === undefined || expr.exprKind.case !== "comprehensionExpr") return NOTHING;
  const { accuInit, loopCondition, loopStep, result } = expr.exprKind.value;
  const range = trace(parts.range, scope, note);
  count(range, note);
  const inner = new Map(scope)
    .set(parts.variable, step(range, EACH))
    .set(parts.accumulator, trace(accuInit, scope, note));
  consume(trace(loopCondition, inner, note), note);
  inner.set(parts.accumulator, trace(loopStep, inner, note));
  return trace(result, inner, note);
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
