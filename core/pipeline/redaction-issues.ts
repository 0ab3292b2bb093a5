import { EACH, formatFieldPattern, type FieldPattern } from "../json/field-pattern.ts";
import { suggestName } from "../text/suggest.ts";
import type { ValueType } from "../cel/types/value-type.ts";
import type { Pipeline, PipelineIssue } from "./pipeline.ts";

/** The redacted paths that the schemas of their resources do not have: they would redact nothing. `findType`: undefined if unknown. */
export function findRedactionTypeIssues(
  { redact }: Pick<Pipeline, "redact">,
  findType: (resource: string) => ValueType | undefined,
): readonly PipelineIssue[] {
  return redact.flatMap(({ resource, paths }, index) => {
    const type = findType(resource);
    if (type === undefined) return [];
    return paths.flatMap((pattern, at) => {
      const fault = findFault(type, pattern, resource);
      return fault === undefined ? [] : [{ path: ["redact", index, "paths", at], ...fault }];
    });
  });
}

type Fault = { readonly message: string; readonly hint?: string | undefined };

function findFault(root: ValueType, pattern: FieldPattern, resource: string): Fault | undefined {
  let type = root;
  for (const [at, key] of pattern.entries()) {
    // A key that is applied to a list is applied to each of its items.
    while (type.type === "list" && key !== EACH) type = type.items;
    const step = take(type, key);
    if (step === "anything") return undefined;
    if (step === undefined) return toFault(type, pattern, at, resource);
    type = step;
  }
  return undefined;
}

/** Undefined if there is no such part; "anything" if the schema does not say. */
function take(type: ValueType, key: string | typeof EACH): ValueType | "anything" | undefined {
  if (type.type === "any") return "anything";
  if (type.type === "map") return type.values;
  if (type.type === "list") return key === EACH ? type.items : undefined;
  if (type.type !== "fields") return undefined;
  if (key === EACH) return "anything";
  return type.find(key) ?? (type.open ? "anything" : undefined);
}

function toFault(type: ValueType, pattern: FieldPattern, at: number, resource: string): Fault {
  const before = formatFieldPattern(pattern.slice(0, at));
  const place = before === "" ? resource : `${before} of ${resource}`;
  const key = pattern[at];
  if (type.type !== "fields" || typeof key !== "string") {
    return { message: `${place} has no parts, so this path would redact nothing` };
  }
  const near = suggestName(key, type.keys);
  const list = `there are: ${type.keys.join(", ")}`;
  return {
    message: `${place} has no field ${key}, so this path would redact nothing`,
    hint: near === undefined ? list : `did you mean ${near}?`,
  };
}
