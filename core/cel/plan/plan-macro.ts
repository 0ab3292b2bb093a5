import { sortBy } from "../library/lists.ts";
import { Failure, preferAbsence } from "../values/failure.ts";
import { fromJson, toEntries } from "../values/json.ts";
import { charge } from "../values/meter.ts";
import { NONE, Optional } from "../values/optional.ts";
import { isMap, MapValue, type Answer, type Value } from "../values/value.ts";
import { toChildren, type Expr, type Node } from "../syntax/tree.ts";
import { toMisfit, type Frame, type Operand, type Planner, type Scope, type Step } from "./step.ts";

/** A macro without its items: the steps of its bodies, and the place of its first variable. */
type Macro = {
  readonly name: string;
  readonly bodies: readonly Operand[];
  readonly depth: number;
  readonly isPair: boolean;
  /** The steps of one iteration. */
  readonly cost: number;
};

export function planMacro(expr: Node<"macro">, scope: Scope, plan: Planner): Step {
  const range = plan(expr.range, scope);
  const isOptional = expr.name === "optMap" || expr.name === "optFlatMap";
  const item = isOptional ? range.path : `${range.path === "(value)" ? "list" : range.path}[]`;
  const [first = "", second] = expr.variables;
  const variables =
    second === undefined
      ? [{ name: first, path: item }]
      : [
          { name: first, path: `(key of ${range.path})` },
          { name: second, path: item },
        ];
  const bodies = expr.bodies.map((body) => plan(body, [...scope, ...variables]));
  const cost = expr.bodies.reduce((sum, body) => sum + countNodes(body), 1);
  const macro = {
    name: expr.name,
    bodies,
    depth: scope.length,
    isPair: second !== undefined,
    cost,
  };
  const run = isOptional ? runOptional : (RUNS[expr.name] ?? runList);
  return (frame) => {
    const value = range.step(frame);
    if (value instanceof Failure) return value;
    return run(macro, value, frame) ?? toMisfit(expr.name, [value], [range]);
  };
}

/** The nodes that each iteration evaluates; those of a macro inside are charged when it runs. */
function countNodes(expr: Expr): number {
  const children = expr.type === "macro" ? [expr.range] : toChildren(expr);
  return children.reduce((sum, child) => sum + countNodes(child), 1);
}

/** Undefined if the value is not one that the macro is for. */
type Run = (macro: Macro, range: Value, frame: Frame) => Answer | undefined;

const RUNS: Readonly<Record<string, Run>> = {
  exists: (macro, range, frame) => runTest(macro, range, frame, true),
  all: (macro, range, frame) => runTest(macro, range, frame, false),
  exists_one: runCount,
  existsOne: runCount,
  transformMap: runMap,
  transformMapEntry: runMap,
};

/** Sets the variables to each item, or key, in turn; with two variables, to index and item, or key and value. Charges for each. */
function* iterate(macro: Macro, range: Value, { locals }: Frame): Generator<Value, void> {
  const { depth, isPair, cost } = macro;
  const isList = Array.isArray(range);
  const entries = isList ? (range as readonly unknown[]).entries() : toEntries(range);
  for (const [key, item] of entries) {
    charge(cost);
    const value = fromJson(item);
    if (isPair) {
      locals[depth] = key;
      locals[depth + 1] = value;
    } else locals[depth] = isList ? value : key;
    yield isPair || !isList ? key : value;
  }
}

function isIterable(range: Value): boolean {
  return Array.isArray(range) || isMap(range);
}

/** `exists` ends at the first true, `all` at the first false; else a failure decides. */
function runTest(macro: Macro, range: Value, frame: Frame, decisive: boolean): Answer | undefined {
  const [test] = macro.bodies;
  if (!isIterable(range) || test === undefined) return undefined;
  if (Array.isArray(range) && !macro.isPair) return testList(macro, range, frame, decisive);
  let result: Answer = !decisive;
  for (const _ of iterate(macro, range, frame)) {
    const value = test.step(frame);
    if (value === decisive) return decisive;
    if (typeof value !== "boolean") result = merge(result, value, macro, test);
  }
  return result;
}

/** The usual case, without a generator. */
function testList(macro: Macro, list: readonly unknown[], frame: Frame, decisive: boolean): Answer {
  const [test] = macro.bodies as readonly [Operand];
  let result: Answer = !decisive;
  for (const item of list) {
    charge(macro.cost);
    frame.locals[macro.depth] = fromJson(item);
    const value = test.step(frame);
    if (value === decisive) return decisive;
    if (typeof value !== "boolean") result = merge(result, value, macro, test);
  }
  return result;
}

function merge(result: Answer, value: Answer, { name }: Macro, test: Operand): Failure {
  const failure = value instanceof Failure ? value : toMisfit(name, [value], [test]);
  return result instanceof Failure ? preferAbsence(result, failure) : failure;
}

/** Whether the test holds for one item exactly. */
function runCount(macro: Macro, range: Value, frame: Frame): Answer | undefined {
  const [test] = macro.bodies;
  if (!isIterable(range) || test === undefined) return undefined;
  let count = 0;
  for (const _ of iterate(macro, range, frame)) {
    const value = test.step(frame);
    if (typeof value !== "boolean") return merge(false, value, macro, test);
    if (value) count += 1;
  }
  return count === 1;
}

/** `filter`, `map`, `sortBy`, `transformList`: of two bodies, the first one is a test. */
function runList(macro: Macro, range: Value, frame: Frame): Answer | undefined {
  const { name, bodies } = macro;
  if (!isIterable(range)) return undefined;
  const isFilter = name === "filter";
  const test = isFilter || bodies.length === 2 ? bodies[0] : undefined;
  const body = isFilter ? undefined : bodies.at(-1);
  const list: Value[] = [];
  const items: Value[] = [];
  for (const item of iterate(macro, range, frame)) {
    const chosen = test?.step(frame) ?? true;
    if (typeof chosen !== "boolean")
      return merge(false, chosen, macro, test ?? (bodies[0] as Operand));
    if (!chosen) continue;
    const value = body === undefined ? item : body.step(frame);
    if (value instanceof Failure) return value;
    items.push(item);
    list.push(value);
  }
  return name === "sortBy" ? sortBy(items, list) : list;
}

/** `transformMap` and `transformMapEntry`. */
function runMap(macro: Macro, range: Value, frame: Frame): Answer | undefined {
  const { name, bodies } = macro;
  if (!isIterable(range)) return undefined;
  const test = bodies.length === 2 ? bodies[0] : undefined;
  const body = bodies.at(-1) as Operand;
  const map = new MapValue();
  for (const key of iterate(macro, range, frame)) {
    const chosen = test?.step(frame) ?? true;
    if (typeof chosen !== "boolean") return merge(false, chosen, macro, test ?? body);
    if (!chosen) continue;
    const value = body.step(frame);
    if (value instanceof Failure) return value;
    if (name === "transformMapEntry" && !isMap(value)) return toMisfit(name, [value], [body]);
    const entries = name === "transformMap" ? [[key, value] as const] : toEntries(value);
    for (const [newKey, newValue] of entries) {
      charge(1);
      if (!map.add(newKey, newValue)) return new Failure(`${name} gives one key twice`);
    }
  }
  return map;
}

/** `optMap` and `optFlatMap`: the body is evaluated with the value, if there is one. */
function runOptional(macro: Macro, optional: Value, frame: Frame): Answer | undefined {
  if (!(optional instanceof Optional)) return undefined;
  if (optional.value === undefined) return NONE;
  const [body] = macro.bodies as readonly [Operand];
  frame.locals[macro.depth] = optional.value;
  const value = body.step(frame);
  if (value instanceof Failure) return value;
  if (macro.name === "optMap") return new Optional(value);
  return value instanceof Optional ? value : toMisfit(macro.name, [value], [body]);
}
