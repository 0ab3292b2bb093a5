import { describeJson } from "../../json/describe-json.ts";
import type { ChangePath, FieldChange } from "../../operations/operation.ts";
import { ok, type Result } from "../../result.ts";
import { QUOTED_MAX_LENGTH } from "../../text/limit-message.ts";
import { readQuantity } from "../../text/quantity.ts";
import { toRefusal } from "../contract/change-target.ts";
import { toContainerText } from "../contract/container-text.ts";
import { findContainer } from "../contract/find-container.ts";
import { readRuleValue } from "../contract/rule-value.ts";
import type { Refusal } from "../contract/target.ts";
import { toText, toTexts } from "../contract/text-values.ts";
import type { JobParameters } from "./job-parameters.ts";

export type JobChanges = {
  readonly labels: Readonly<Record<string, string>>;
  /** Fields of the Job; undefined if it is as the template says. */
  readonly changes?: readonly Pick<FieldChange, "path" | "to">[];
};

const POD = ["spec", "template", "spec"];

/**
 * The fields of the Job that the rule sets beyond its template (`{ spec }`; `of` names it in messages). Each value becomes the value of one field, never a part of a text that
 * something interprets: the kubelet replaces no `$(NAME)` in it. Refused with NoText, TooLong, NoContainer and NoQuantity.
 */
export function toJobChanges(
  template: unknown,
  of: string,
  parameters: JobParameters,
  evaluate: (expression: string) => unknown,
): Result<JobChanges, Refusal> {
  const labels = toTexts(parameters.labels, evaluate, true);
  if (!labels.ok) return labels;
  const { env, args, requests, limits, container: name } = parameters;
  const quantities = [...toEntries("requests", requests), ...toEntries("limits", limits)];
  const isPlain = args === undefined && quantities.length === 0 && Object.keys(env).length === 0;
  if (isPlain) return ok({ labels: labels.value });
  const found = findContainer(template, POD, name, of);
  if (!found.ok) return found;
  const container = found.value;
  const changes: Pick<FieldChange, "path" | "to">[] = [];
  const texts = toTexts(env, toContainerText(evaluate));
  if (!texts.ok) return texts;
  for (const [key, value] of Object.entries(texts.value)) {
    changes.push({ path: [...container, "env", { name: key }], to: { name: key, value } });
  }
  if (args !== undefined) {
    const words: string[] = [];
    for (const [index, arg] of args.entries()) {
      const text = toText(arg, `args[${index}]`, toContainerText(evaluate));
      if (!text.ok) return text;
      words.push(text.value);
    }
    changes.push({ path: [...container, "args"], to: words });
  }
  for (const [path, value] of quantities) {
    const to = readRuleValue(value, evaluate);
    if (readQuantity(to) === undefined) {
      const message = `${path.join(".")} would be ${describeJson(to, QUOTED_MAX_LENGTH)}, which is no quantity`;
      return toRefusal("NoQuantity", message);
    }
    changes.push({ path: [...container, "resources", ...path], to });
  }
  return ok({ labels: labels.value, changes });
}

function toEntries(
  list: string,
  values: JobParameters["limits"],
): readonly (readonly [ChangePath & readonly string[], unknown])[] {
  return Object.entries(values).map(([key, value]) => [[list, key], value]);
}
