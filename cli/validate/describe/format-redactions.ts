import { formatFieldPattern } from "../../../core/json/field-pattern.ts";
import { SECRET_PATHS } from "../../../core/redaction/redact.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import type { FindType } from "../../../core/schemas/builtin-types.ts";

/** What never leaves the cluster, in a line for each resource; and whether the paths were checked, if any option asked for that. */
export function formatRedactions(
  { redact }: Pick<Pipeline, "redact">,
  findType: FindType | undefined,
): readonly string[] {
  const declared = redact.map(({ resource, paths }) => {
    const isKnown = findType === undefined || findType(resource) !== undefined;
    const note = isKnown ? "" : ` (not checked: the schema of ${resource} is unknown)`;
    return `  redacts ${resource}: ${paths.map(formatFieldPattern).join(", ")}${note}`;
  });
  return [
    ...declared,
    `  redacts secrets: ${SECRET_PATHS.map(formatFieldPattern).join(", ")} (always)`,
  ];
}
