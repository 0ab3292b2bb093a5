import { ANY, type ValueType } from "../../cel/types/value-type.ts";
import type { FindType } from "../../schemas/builtin-types.ts";
import type { Pipeline, PipelineIssue, Rule } from "../pipeline.ts";
import { findMissingField } from "../missing-field.ts";
import { findRedactionTypeIssues } from "../redaction-issues.ts";
import { findTypeIssues, type OtherTypes } from "../type-issues.ts";
import { findWrittenFaults } from "./written-values.ts";
import { toActedResources, toMadeResources, toSelectedResource } from "./acted-resources.ts";

/** The faults of a valid pipeline that the types of its resources show: each holds for every object of the resource. */
export function findTypeFaults(
  pipeline: Pick<Pipeline, "rules" | "redact">,
  findType: FindType,
): readonly PipelineIssue[] {
  return [
    ...pipeline.rules.flatMap((rule, index) => {
      const type = findType(rule.on.resource) ?? ANY;
      const faults = [
        ...findTypeIssues(rule, index, type, toOtherTypes(rule, findType)),
        ...findComparedFaults(rule, index, type),
        ...findWrittenFaults(rule, ["rules", index], findType),
      ];
      return faults.length > 0 ? faults : findConditionFaults(rule, ["rules", index], type);
    }),
    ...findRedactionTypeIssues(pipeline, findType),
  ];
}

/** Fields that objects of the resource do not have never change. */
function findComparedFaults(
  { on }: Rule,
  index: number,
  type: ValueType,
): readonly PipelineIssue[] {
  const { resource, changed } = on;
  const effect = "so it would never change";
  return (changed?.fields ?? []).flatMap((pattern, at) => {
    const fault = findMissingField(type, pattern, { resource, effect });
    const path = ["rules", index, "on", "changed", "fields", at];
    return fault === undefined ? [] : [{ path, ...fault }];
  });
}

function toOtherTypes(rule: Rule, findType: FindType): OtherTypes {
  const find = (resources: readonly string[]): readonly ValueType[] =>
    resources.map((resource) => findType(resource) ?? ANY);
  return {
    target: find(toActedResources(rule)),
    made: find(toMadeResources(rule)),
    findSelected: (action) => findType(toSelectedResource(action) ?? "") ?? ANY,
  };
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
