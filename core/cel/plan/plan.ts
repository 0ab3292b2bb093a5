import { parseTimestamp } from "../library/parse-time.ts";
import { Failure, preferAbsence, toAbsence } from "../values/failure.ts";
import { Optional } from "../values/optional.ts";
import { fromJson } from "../values/json.ts";
import { isKey, MapValue, TypeValue, type Value } from "../values/value.ts";
import type { Expr, Node } from "../syntax/tree.ts";
import { planCall } from "./plan-call.ts";
import { planHas, planIndex, planSelect } from "./plan-access.ts";
import { planMacro } from "./plan-macro.ts";
import { toPath, type Planner, type Scope, type Step } from "./step.ts";
import { isVariable, TYPE_NAMES } from "./variables.ts";

/** Makes a step of an expression that has been inspected: it evaluates the expression directly on JSON. */
export function planExpression(expr: Expr): Step {
  return planPart(expr, []).step;
}

const planPart: Planner = (expr, scope) => ({
  step: toStep(expr, scope),
  expr,
  path: toPath(expr, scope),
});

function toStep(expr: Expr, scope: Scope): Step {
  switch (expr.type) {
    case "constant": {
      const { value } = expr;
      return () => value;
    }
    case "variable":
      return planVariable(expr.name, scope);
    case "select":
      return planSelect(expr, scope, planPart);
    case "has":
      return planHas(expr, scope, planPart);
    case "index":
      return planIndex(expr, scope, planPart);
    case "call":
      return planCall(expr, scope, planPart);
    case "list":
      return planList(expr, scope);
    case "map":
      return planMap(expr, scope);
    case "macro":
      return planMacro(expr, scope, planPart);
  }
}

function planVariable(name: string, scope: Scope): Step {
  const depth = scope.findLastIndex((local) => local.name === name);
  if (depth !== -1) return ({ locals }) => locals[depth] ?? null;
  if (isVariable(name)) {
    const absent = toAbsence(name);
    if (name === "now") return ({ variables }) => parseNow(variables.now) ?? absent;
    return ({ variables }) => {
      const value = variables[name];
      return value === undefined || value === null ? absent : fromJson(value);
    };
  }
  const type = new TypeValue(name);
  const unknown = new Failure(`unknown variable ${name}`);
  return () => (TYPE_NAMES.has(name) ? type : unknown);
}

function planList(expr: Node<"list">, scope: Scope): Step {
  const items = expr.items.map(({ value, isOptional }) => ({
    step: planPart(value, scope).step,
    isOptional,
  }));
  if (expr.items.every(({ value, isOptional }) => value.type === "constant" && !isOptional)) {
    const constant = expr.items.map(({ value }) =>
      value.type === "constant" ? value.value : null,
    );
    return () => constant;
  }
  return (frame) => {
    const list: Value[] = [];
    let failure: Failure | undefined;
    for (const { step, isOptional } of items) {
      const value = step(frame);
      if (value instanceof Failure)
        failure = failure === undefined ? value : preferAbsence(failure, value);
      else if (!isOptional) list.push(value);
      else if (!(value instanceof Optional)) failure ??= NO_OPTIONAL;
      else if (value.value !== undefined) list.push(value.value);
    }
    return failure ?? list;
  };
}

const NO_OPTIONAL: Failure = new Failure("what stands behind ? is not an optional");

function planMap(expr: Node<"map">, scope: Scope): Step {
  const entries = expr.entries.map(({ key, value, isOptional }) => ({
    key: planPart(key, scope).step,
    value: planPart(value, scope).step,
    isOptional,
  }));
  return (frame) => {
    const map = new MapValue();
    for (const entry of entries) {
      const key = entry.key(frame);
      if (key instanceof Failure) return key;
      if (!isKey(key)) return new Failure("the key of a map is a text, a whole number or a bool");
      const value = entry.value(frame);
      if (value instanceof Failure) return value;
      const isOptional = value instanceof Optional;
      if (entry.isOptional && !isOptional) return NO_OPTIONAL;
      const present = entry.isOptional && isOptional ? value.value : value;
      if (present !== undefined && !map.add(key, present))
        return new Failure("the map has one key twice");
    }
    return map;
  };
}

/** Most messages of a batch have the same time, and many expressions are asked of each. */
let lastNow: { readonly text: string; readonly time: ReturnType<typeof parseTimestamp> } = {
  text: "",
  time: undefined,
};

function parseNow(text: unknown): ReturnType<typeof parseTimestamp> {
  if (typeof text !== "string") return undefined;
  if (lastNow.text !== text) lastNow = { text, time: parseTimestamp(text) };
  return lastNow.time;
}
