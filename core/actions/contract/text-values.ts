import { describeJson } from "../../json/describe-json.ts";
import { ok, type Result } from "../../result.ts";
import { QUOTED_MAX_LENGTH } from "../../text/limit-message.ts";
import { toRefusal } from "./change-target.ts";
import { readRuleValue, type RuleValue } from "./rule-value.ts";
import type { Refusal } from "./target.ts";

export type TextValues = Readonly<Record<string, RuleValue<string>>>;

const LABEL_MAX_LENGTH = 63;

/** The text that the rule says. Refused with NoText if the value of its expression is none. */
export function toText(
  value: RuleValue<string>,
  what: string,
  evaluate: (expression: string) => unknown,
): Result<string, Refusal> {
  const text = readRuleValue(value, evaluate);
  if (typeof text === "string") return ok(text);
  const message = `${what} would be ${describeJson(text, QUOTED_MAX_LENGTH)}: string(x) gives a text`;
  return toRefusal("NoText", message);
}

/** The texts, by their keys. `isLabels`: refused with TooLong too. */
export function toTexts(
  values: TextValues,
  evaluate: (expression: string) => unknown,
  isLabels = false,
): Result<Readonly<Record<string, string>>, Refusal> {
  const texts: Record<string, string> = {};
  for (const [key, value] of Object.entries(values)) {
    const text = toText(value, key, evaluate);
    if (!text.ok) return text;
    if (isLabels && text.value.length > LABEL_MAX_LENGTH) {
      const message = `the label ${key} would have ${text.value.length} characters, and it may have ${LABEL_MAX_LENGTH}: use annotate`;
      return toRefusal("TooLong", message);
    }
    texts[key] = text.value;
  }
  return ok(texts);
}
