import {
  add,
  divide,
  multiply,
  negate,
  remainder,
  subtract,
  widen,
  type Operator,
} from "../library/arithmetic.ts";
import { findFunctions } from "../registry/registry.ts";
import { includes, isEqual } from "../values/equality.ts";
import { Failure, preferAbsence } from "../values/failure.ts";
import { charge, chargeText } from "../values/meter.ts";
import { compare } from "../values/order.ts";
import type { Answer, Value } from "../values/value.ts";
import { toConstantText, type Expr, type Node } from "../syntax/tree.ts";
import { planChoice, planJunction, planOr } from "./plan-logic.ts";
import { toMisfit, type Frame, type Operand, type Planner, type Scope, type Step } from "./step.ts";

/** A function, a method or an operator. */
export function planCall(expr: Node<"call">, scope: Scope, plan: Planner): Step {
  const { name, target, args } = expr;
  const parts = target === undefined ? args : [target, ...args];
  const operands = parts.map((part) => plan(part, scope));
  const [first, second, third] = operands;
  if (first !== undefined && second !== undefined) {
    if (name === "&&") return planJunction(first, second, false);
    if (name === "||") return planJunction(first, second, true);
    if (name === "?:" && third !== undefined) return planChoice(first, second, third);
    if (target !== undefined && (name === "or" || name === "orValue"))
      return planOr(name, first, second);
    const texts = name === "in" ? toConstantTexts(second.expr) : undefined;
    if (texts !== undefined) return planMembership(first, texts);
    const text = name === "==" || name === "!=" ? toConstantText(second.expr) : undefined;
    if (text !== undefined) return planTextEquality(first, text, name === "==");
    const operator = toOperator(expr);
    if (operator !== undefined) return planBinary(name, operator, first, second);
  }
  const unary = target === undefined && first !== undefined ? UNARY[name] : undefined;
  if (unary !== undefined) return planFunction(name, [(value) => unary(value)], operands);
  const functions = findFunctions(target === undefined ? name : `.${name}`).filter(({ counts }) =>
    counts.includes(parts.length),
  );
  return planFunction(
    name,
    functions.map(({ run }) => run),
    operands,
  );
}

/** A comparison with a text, which is most of what conditions do. */
function planTextEquality({ step }: Operand, text: string, expected: boolean): Step {
  const cost = Math.ceil(1 + text.length / 32);
  return (frame) => {
    const value = step(frame);
    if (typeof value === "string") {
      charge(cost);
      return (value === text) === expected;
    }
    return value instanceof Failure ? value : !expected;
  };
}

function toConstantTexts(expr: Expr): readonly string[] | undefined {
  if (expr.type !== "list") return undefined;
  const texts = expr.items.flatMap(({ value }) => toConstantText(value) ?? []);
  return texts.length === expr.items.length ? texts : undefined;
}

/** `x in ["a", "b"]`, which is what most lists in a condition are for. */
function planMembership({ step }: Operand, texts: readonly string[]): Step {
  const length = texts.reduce((sum, text) => sum + text.length, 0);
  return (frame) => {
    const item = step(frame);
    if (item instanceof Failure) return item;
    charge(texts.length);
    if (typeof item !== "string") return false;
    chargeText(Math.min(length, item.length * texts.length));
    return texts.includes(item);
  };
}

const ARITHMETIC: Readonly<Record<string, Operator>> = {
  "+": add,
  "-": subtract,
  "*": multiply,
  "/": divide,
  "%": remainder,
};

const COMPARISONS: Readonly<Record<string, Operator>> = {
  "==": isEqual,
  "!=": (left, right) => !isEqual(left, right),
  "<": order((result) => result < 0),
  "<=": order((result) => result <= 0),
  ">": order((result) => result > 0),
  ">=": order((result) => result >= 0),
  in: (item, container) => includes(container, item),
};

const UNARY: Readonly<Record<string, (value: Value) => Answer | undefined>> = {
  "!_": (value) => (typeof value === "boolean" ? !value : undefined),
  "-_": negate,
};

function order(test: (result: number) => boolean): Operator {
  return (left, right) => {
    const result = compare(left, right);
    return result === undefined ? undefined : test(result);
  };
}

function toOperator({ name, args, target }: Node<"call">): Operator | undefined {
  if (target !== undefined) return undefined;
  const comparison = COMPARISONS[name];
  if (comparison !== undefined) return comparison;
  const arithmetic = ARITHMETIC[name];
  const [left, right] = args;
  const isSome = left !== undefined && right !== undefined && (isRead(left) || isRead(right));
  return arithmetic !== undefined && isSome
    ? widen(arithmetic, isRead(left), isRead(right))
    : arithmetic;
}

/**
 * Whether a value is read from JSON. A number there is an int if it is whole, although its field may be one for all numbers, so it is
 * calculated with doubles too.
 */
function isRead({ type }: Expr): boolean {
  return type === "select" || type === "index" || type === "variable";
}

function planBinary(name: string, operator: Operator, left: Operand, right: Operand): Step {
  return (frame) => {
    const first = left.step(frame);
    const second = right.step(frame);
    if (first instanceof Failure) {
      return second instanceof Failure ? preferAbsence(first, second) : first;
    }
    if (second instanceof Failure) return second;
    charge(1);
    return operator(first, second) ?? toMisfit(name, [first, second], [left, right]);
  };
}

type Run = (...args: Value[]) => Answer | undefined;

function planFunction(name: string, runs: readonly Run[], operands: readonly Operand[]): Step {
  return (frame) => {
    const values = evaluateAll(operands, frame);
    if (values instanceof Failure) return values;
    for (const run of runs) {
      const result = run(...values);
      if (result !== undefined) return result;
    }
    return toMisfit(name, values, operands);
  };
}

/** The values, charged for; or of the failures the one that comes first. */
function evaluateAll(operands: readonly Operand[], frame: Frame): readonly Value[] | Failure {
  const values: Value[] = [];
  let failure: Failure | undefined;
  charge(1);
  for (const { step } of operands) {
    const value = step(frame);
    if (typeof value === "string") chargeText(value.length);
    else if (value instanceof Failure)
      failure = failure === undefined ? value : preferAbsence(failure, value);
    else if (value instanceof Uint8Array) chargeText(value.length);
    values.push(value);
  }
  return failure ?? values;
}
