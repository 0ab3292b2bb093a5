import type { Rule } from "../pipeline/pipeline.ts";
import { type Bindings, compileExpression } from "../cel/compile.ts";
import { type Result, ok, refuse } from "../result.ts";
import { readField, readList } from "../json/read-json.ts";

/**
 * The key of the episode that an object is in. It is part of the record's name: the same key means the same record, and only
 * one remediation. Refused, with the reason, if the object lacks the field that the key is made of.
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
    : refuse("once is generation, but the object has no metadata.generation");
}

/** A new episode of a condition begins when its lastTransitionTime changes. */
function toConditionKey(object: unknown, type: string): Result<string, string> {
  const since = readTransition(object, type);
  return since !== undefined
    ? ok(`condition/${type}/${since}`)
    : refuse(`once is the condition ${type}, but the object has none with a lastTransitionTime`);
}

/** When a condition of an object has changed last; undefined if the object does not say. */
export function readTransition(object: unknown, type: string): string | undefined {
  const conditions = readList(readField(object, "status", "conditions"));
  const condition = conditions.find((item) => readField(item, "type") === type);
  const since = readField(condition, "lastTransitionTime");
  return typeof since === "string" && since !== "" ? since : undefined;
}

/** Requests and records contain it, and the schema of records allows 4,096 characters. */
export const KEY_MAX_LENGTH = 1_000;

function toWrittenKey(expression: string, bindings: Bindings): Result<string, string> {
  const compiled = compileExpression(expression);
  if (!compiled.ok) return refuse(`once.key: ${compiled.error.message}`);
  const result = compiled.value.evaluate(bindings);
  switch (result.outcome) {
    case "value":
      if (typeof result.value !== "string" || result.value === "") {
        return refuse("once.key must give a text that is not empty");
      }
      return result.value.length <= KEY_MAX_LENGTH
        ? ok(`key/${result.value}`)
        : refuse(`once.key must give a text of at most ${KEY_MAX_LENGTH} characters`);
    case "unknown":
      return refuse(`once.key: ${result.path} is not there`);
    case "error":
      return refuse(`once.key: ${result.message}`);
  }
}
