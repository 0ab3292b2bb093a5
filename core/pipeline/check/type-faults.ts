import { ANY, type ValueType } from "../../cel/types/value-type.ts";
import type { FindType } from "../../schemas/builtin-types.ts";
import { isRemediation } from "../../actions/registry.ts";
import { readOwn } from "../../json/read-json.ts";
import type { Pipeline, PipelineIssue, Rule, RuleAction } from "../pipeline.ts";
import { findMissingField } from "../missing-field.ts";
import { findRedactionTypeIssues } from "../redaction-issues.ts";
import { findTypeIssues, type OtherTypes } from "../type-issues.ts";

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

/** The types are known if all actions of the rule that change anything act upon the same resource. */
function toOtherTypes({ on, then, onFailure = [] }: Rule, findType: FindType): OtherTypes {
  const acting = [...then, ...onFailure].filter((action) => isRemediation([action]));
  const [target, ...others] = new Set(acting.map((action) => toTarget(action, on.resource)));
  const isOne = target !== undefined && others.length === 0;
  const isJob = acting.every(({ action }) => action === CREATES_JOB);
  return {
    target: (isOne ? findType(target) : undefined) ?? ANY,
    created: (isOne && isJob ? findType("jobs.batch") : undefined) ?? ANY,
  };
}

const CREATES_JOB = "createJobFromCronJob";

/** The resource that an action acts upon; undefined if the rule does not say. */
function toTarget({ action, parameters }: RuleAction, resource: string): string | undefined {
  if (action === CREATES_JOB) return "cronjobs.batch";
  const { target = "trigger" } = parameters;
  if (target === "trigger") return resource;
  const named = readOwn(target, "resource");
  return typeof named === "string" ? named : undefined;
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
