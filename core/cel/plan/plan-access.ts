import { Failure, toAbsence } from "../values/failure.ts";
import { fromJson } from "../values/json.ts";
import { NONE, Optional } from "../values/optional.ts";
import {
  Double,
  isFields,
  isInt,
  isMap,
  MapValue,
  readField,
  Uint,
  type Answer,
  type Value,
} from "../values/value.ts";
import type { Node } from "../syntax/tree.ts";
import { toHolderFailure, toPath, type Planner, type Scope, type Step } from "./step.ts";

/** `operand.field` and `operand.?field`. */
export function planSelect(expr: Node<"select">, scope: Scope, plan: Planner): Step {
  const { field, isOptional } = expr;
  const { step } = plan(expr.operand, scope);
  const path = toPath(expr, scope);
  const absent = toAbsence(path);
  if (isOptional) {
    return (frame) => {
      const holder = step(frame);
      return holder instanceof Failure ? holder : toOptional(holder, field, path);
    };
  }
  // JSON has no undefined, so a field that no object inherits is there if it has a value: quicker than to ask Object.hasOwn.
  const isInherited = field in Object.prototype;
  return (frame) => {
    const holder = step(frame);
    // Nearly all that is selected from is an object of JSON, so that is asked first.
    if (!isFields(holder)) return selectOther(holder, field, path);
    if (isInherited && !Object.hasOwn(holder, field)) return absent;
    const value = holder[field];
    return value === undefined ? absent : fromJson(value);
  };
}

function selectOther(holder: Answer, field: string, path: string): Answer {
  if (holder instanceof Failure) return holder;
  if (holder instanceof Optional) return toOptional(holder, field, path);
  const value = holder instanceof MapValue ? holder.get(field) : undefined;
  if (value !== undefined) return value;
  return holder instanceof MapValue ? toAbsence(path) : toHolderFailure(holder, path);
}

/**
 * The value at a key, if it is there and not null; of an optional, that of its value. Whatever has neither fields nor items has no
 * value either, as in Kubernetes.
 */
function toOptional(holder: Value, key: Value, path: string): Answer {
  const inner = holder instanceof Optional ? holder.value : holder;
  if (inner === undefined || !(Array.isArray(inner) || isMap(inner))) return NONE;
  const value = readIndex(inner, key, path);
  if (value instanceof Failure) return value.path === undefined ? value : NONE;
  return value === null ? NONE : new Optional(value);
}

/** `has(operand.field)`: null counts as absent. */
export function planHas(expr: Node<"has">, scope: Scope, plan: Planner): Step {
  const { field } = expr;
  const { step } = plan(expr.operand, scope);
  const path = toPath(expr, scope);
  return (frame) => {
    const holder = step(frame);
    if (isFields(holder)) return readField(holder, field) !== undefined;
    if (holder instanceof Failure) return holder;
    const found = toOptional(holder, field, path);
    return found instanceof Optional ? found.value !== undefined : found;
  };
}

/** `operand[index]` and `operand[?index]`. */
export function planIndex(expr: Node<"index">, scope: Scope, plan: Planner): Step {
  const operand = plan(expr.operand, scope);
  const index = plan(expr.index, scope);
  const path = toPath(expr, scope);
  return (frame) => {
    const holder = operand.step(frame);
    if (holder instanceof Failure) return holder;
    const key = index.step(frame);
    if (key instanceof Failure) return key;
    const isOptional = expr.isOptional || holder instanceof Optional;
    return isOptional ? toOptional(holder, key, path) : readIndex(holder, key, path);
  };
}

function readIndex(holder: Value, key: Value, path: string): Answer {
  if (Array.isArray(holder)) {
    const index = toIndex(key);
    if (index === undefined) return new Failure(`${path}: a list is indexed by a whole number`);
    return index >= 0 && index < holder.length ? fromJson(holder[index]) : toAbsence(path);
  }
  if (holder instanceof MapValue) {
    const value = holder.get(key);
    return value === undefined ? toAbsence(path) : value;
  }
  if (isFields(holder)) {
    const isOwn = typeof key === "string" && Object.hasOwn(holder, key);
    return isOwn ? fromJson(holder[key]) : toAbsence(path);
  }
  return toHolderFailure(holder, path);
}

function toIndex(key: Value): number | undefined {
  if (isInt(key)) return Number(key);
  if (key instanceof Uint) return Number(key.value);
  return key instanceof Double && Number.isInteger(key.value) ? key.value : undefined;
}
