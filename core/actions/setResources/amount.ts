import * as v from "valibot";
import { describeJson } from "../../json/describe-json.ts";
import { ok, type Result } from "../../result.ts";
import { QUOTED_MAX_LENGTH } from "../../text/limit-message.ts";
import { formatQuantity, parseQuantity } from "../../text/quantity.ts";
import { toRefusal } from "../contract/change-target.ts";
import { readRuleValue, ruleValueSchema } from "../contract/rule-value.ts";
import type { Refusal } from "../contract/target.ts";

/** A quantity, CEL that gives one, or a multiple of the present value, with the maximum that it may reach. */
export type Amount =
  | string
  | { readonly cel: string }
  | { readonly times: number; readonly max: string };

const quantity = v.pipe(
  v.string("expected a quantity such as 512Mi or 500m"),
  v.check((text) => parseQuantity(text) !== undefined, "expected a quantity such as 512Mi or 500m"),
);

export const amountSchema: v.GenericSchema<unknown, Amount> = v.union(
  [
    v.strictObject({
      times: v.pipe(v.number(), v.minValue(0.1), v.maxValue(10)),
      max: quantity,
    }),
    ruleValueSchema(quantity, "a quantity"),
  ],
  "expected a quantity such as 512Mi, {times: 1.5, max: 4Gi} or {cel: <expression>}",
);

const PRECISION = 1000;

/** The quantity that is meant. `what` names the field in refusals. */
export function toQuantity(
  amount: Amount,
  current: unknown,
  what: string,
  evaluate: (expression: string) => unknown,
): Result<string, Refusal> {
  if (typeof amount === "object" && "times" in amount) return multiply(amount, current, what);
  const value = readRuleValue(amount, evaluate);
  return typeof value === "string" && parseQuantity(value) !== undefined
    ? ok(value)
    : toRefusal(
        "NoQuantity",
        `${what} would be ${describeJson(value, QUOTED_MAX_LENGTH)}, which is no quantity`,
      );
}

function multiply(
  { times, max }: Extract<Amount, { readonly times: number }>,
  current: unknown,
  what: string,
): Result<string, Refusal> {
  const text = typeof current === "number" ? String(current) : current;
  const before = typeof text === "string" ? parseQuantity(text) : undefined;
  const most = parseQuantity(max) ?? 0n;
  if (before === undefined) {
    return toRefusal("NoCurrentValue", `${what} is not set, so it cannot be multiplied`);
  }
  if (times > 1 && before >= most) {
    const message = `${what} is ${String(text)}, and the rule allows at most ${max}: look for the cause`;
    return toRefusal("AtMaximum", message);
  }
  const wanted =
    (before * BigInt(Math.round(times * PRECISION)) + BigInt(PRECISION - 1)) / BigInt(PRECISION);
  return ok(wanted >= most ? max : formatQuantity(wanted, String(text).endsWith("i")));
}
