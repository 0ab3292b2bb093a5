import { ANY, type ValueType } from "../../cel/types/value-type.ts";
import type { FindType } from "../../schemas/builtin-types.ts";
import type { Pipeline, PipelineIssue, Rule } from "../pipeline.ts";
import { findRedactionTypeIssues } from "../redaction-issues.ts";
import { findTypeIssues, type OtherTypes } from "../type-issues.ts";

/** What the types of the resources show to be wrong in a valid pipeline: each fault is one for every object of the resource. */
export function findTypeFaults(
  pipeline: Pick<Pipeline, "rules" | "redact">,
  findType: FindType,
): readonly PipelineIssue[] {
  return [
    ...pipeline.rules.flatMap((rule, index) => {
      const type = findType(rule.on.resource) ?? ANY;
      const faults = findTypeIssues(rule, index, type, toOtherTypes(rule, findType));
      return faults.length > 0 ? faults : findConditionFaults(rule, ["rules", index], type);
    }),
    ...findRedactionTypeIssues(pipeline, findType),
  ];
}

/** The resource that each action acts upon, and the one that it creates. */
const TOUCHED: Readonly<Record<string, { readonly target: string; readonly created: string }>> = {
  createJobFromCronJob: { target: "cronjobs.batch", created: "jobs.batch" },
};

/** The types are known if all actions of the rule that touch anything touch the same. */
function toOtherTypes({ then, onFailure = [] }: Rule, findType: FindType): OtherTypes {
  const touched = [...then, ...onFailure].flatMap(({ action }) => TOUCHED[action] ?? []);
  const [first] = touched;
  if (first === undefined || touched.some((one) => one !== first)) {
    return { target: ANY, created: ANY };
  }
  return { target: findType(first.target) ?? ANY, created: findType(first.created) ?? ANY };
}

/** An episode per condition needs conditions, and the time at which each began. */
function findConditionFaults(
  { once, on }: Pick<Rule, "once" | "on">,
  path: PipelineIssue["path"],
  type: ValueType,
): readonly PipelineIssue[] {
  if (once.type !== "condition") return [];
  const missing = findMissingPart(type);
  if (missing === undefined) return [];
  const message = `once per condition ${once.condition} needs ${missing}, which ${on.resource} do not have`;
  const hint =
    "once: object, generation, change, or { key: <CEL text that is another one in each episode> }";
  return [{ path: [...path, "once"], message, hint }];
}

function findMissingPart(root: ValueType): string | undefined {
  let type: ValueType = root;
  for (const key of ["status", "conditions"]) {
    if (type.type !== "fields") return undefined;
    const next = type.find(key);
    if (next === undefined) return type.open ? undefined : "status.conditions";
    type = next;
  }
  if (type.type !== "list") return type.type === "any" ? undefined : "status.conditions";
  const { items } = type;
  const isTimed = items.type !== "fields" || items.open || items.find(TIME) !== undefined;
  return isTimed ? undefined : `the ${TIME} of status.conditions`;
}

const TIME = "lastTransitionTime";
