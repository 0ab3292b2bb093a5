import { Failure, preferAbsence } from "../values/failure.ts";
import { Optional } from "../values/optional.ts";
import type { Answer } from "../values/value.ts";
import { toMisfit, type Operand, type Step } from "./step.ts";

/** `&&` is decided by a false, `||` by a true, whatever the other side is; else a failure decides. */
export function planJunction(left: Operand, right: Operand, decisive: boolean): Step {
  const name = decisive ? "||" : "&&";
  return (frame) => {
    const first = left.step(frame);
    if (first === decisive) return decisive;
    const second = right.step(frame);
    if (second === decisive) return decisive;
    if (typeof first === "boolean")
      return typeof second === "boolean" ? second : toFailure(name, second, right);
    const failure = toFailure(name, first, left);
    return typeof second === "boolean"
      ? failure
      : preferAbsence(failure, toFailure(name, second, right));
  };
}

function toFailure(name: string, value: Answer, operand: Operand): Failure {
  return value instanceof Failure ? value : toMisfit(name, [value], [operand]);
}

export function planChoice(condition: Operand, then: Operand, otherwise: Operand): Step {
  return (frame) => {
    const chosen = condition.step(frame);
    if (typeof chosen === "boolean") return (chosen ? then : otherwise).step(frame);
    return toFailure("?", chosen, condition);
  };
}

/** The other side is evaluated only if the optional has no value. */
export function planOr(name: string, optional: Operand, other: Operand): Step {
  return (frame) => {
    const value = optional.step(frame);
    if (value instanceof Failure) return value;
    // As in Kubernetes, a value that is no optional is there.
    if (!(value instanceof Optional)) return value ?? toMisfit(name, [value], [optional]);
    if (value.value !== undefined) return name === "or" ? value : value.value;
    const otherwise = other.step(frame);
    const fits =
      name === "orValue" || otherwise instanceof Failure || otherwise instanceof Optional;
    return fits ? otherwise : toMisfit(name, [otherwise], [other]);
  };
}
