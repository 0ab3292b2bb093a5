import type { ValueType } from "../cel/types/value-type.ts";
import { findMissingField } from "./missing-field.ts";
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
      const effect = "so this path would redact nothing";
      const fault = findMissingField(type, pattern, { resource, effect });
      return fault === undefined ? [] : [{ path: ["redact", index, "paths", at], ...fault }];
    });
  });
}
