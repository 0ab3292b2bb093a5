import { describeRule } from "../../../../cli/validate/describe/describe-rule.ts";
import { parsePipeline } from "../../../../core/pipeline/parse/parse-pipeline.ts";

/** The meaning of a rule of a valid file, as one text. `more`: other keys of the file. */
export function meaningOf(
  rule: object,
  facts: Parameters<typeof describeRule>[1],
  more: object = {},
): string {
  const parsed = parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "prod" },
    ...more,
    rules: [{ id: "a", ...rule }],
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  const [first] = parsed.value.rules;
  if (first === undefined) throw new Error("no rule");
  return describeRule(first, facts).join("\n");
}
