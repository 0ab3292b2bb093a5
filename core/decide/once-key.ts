import type { Rule } from "../pipeline/pipeline.ts";
import { type Bindings, compileExpression } from "../cel/compile.ts";
import { type Result, ok, refuse } from "../result.ts";
import { readField } from "../json/read-json.ts";
/**
 * The key of the episode that an object is in, part of the record's name: same key, same record, one remediation.
 * Refused, with the reason, where the object does not have what the rule counts by.
 */
export function toOnceKey(
  rule: Pick<Rule, "once">,
  bindings: Bindings,
  changeId: string,
): Result<string, string> {
  const { once } = rule;
  switch (once.type) {
    case "object":
      return ok("object");
    case "change":
      return ok(`change/${changeId}`);
    case "generation":
      return toGenerationKey(bindings.object);
    case "condition":
      return toConditionKey(bindings.object, once.condition);
    case "key":
      return toWrittenKey(once.expression, bindings);
  }
}

function toGenerationKey(object: unknown): Result<string, string> {
  const generation = readField(object, "metadata", "generation");
  return typeof generation === "number"
    ? ok(`generation/${generation}`)
    : refuse("once: generation, and the object has no metadata.generation");
}

/** A condition begins anew when its lastTransitionTime changes. */
function toConditionKey(object: unknown, type: string): Result<string, string> {
  const conditions = readField(object, "status", "conditions");
  const list: readonly unknown[] = Array.isArray(conditions) ? conditions : [];
  const condition = list.find((item) => readField(item, "type") === type);
  const since = readField(condition, "lastTransitionTime");
  return typeof since === "string" && since !== ""
    ? ok(`condition/${type}/${since}`)
    : refuse(`once: the condition ${type}, and the object has none with a lastTransitionTime`);
}

function toWrittenKey(expression: string, bindings: Bindings): Result<string, string> {
  const compiled = compileExpression(expression);
  if (!compiled.ok) return refuse(`once.key: ${compiled.error.message}`);
  const result = compiled.value.evaluate(bindings);
  switch (result.outcome) {
    case "value":
      return typeof result.value === "string" && result.value !== ""
        ? ok(`key/${result.value}`)
        : refuse("once.key must give text that is not empty");
    case "unknown":
      return refuse(`once.key: ${result.path} is not there`);
    case "error":
      return refuse(`once.key: ${result.message}`);
  }
}
