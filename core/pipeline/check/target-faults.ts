import { findAction } from "../../actions/registry.ts";
import { isObject } from "../../json/read-json.ts";
import { parseResourceName } from "../parse/parse-resource-name.ts";
import type { Rule, RuleAction } from "../pipeline.ts";
import { findNameFault, findReachFault, type Fault } from "./reach-faults.ts";
import { findTargetsFault } from "./targets-faults.ts";

/** Why an action on a target would be refused for every object that the rule can match; undefined if nothing speaks against it. */
export function findTargetFault(rule: Rule, { action, parameters }: RuleAction): Fault | undefined {
  const { target = "trigger", targets: many } = parameters;
  if (many !== undefined) return findTargetsFault(rule, many);
  if (action === "drain" && rule.reach !== "cluster") return DRAIN_WITHOUT_REACH;
  const targets = findAction(action)?.targets;
  const allowed = targets?.others === false ? Object.keys(targets.kinds) : undefined;
  if (target === "trigger") return findTriggerFault(rule.on.resource, action, allowed);
  if (!isObject(target) || Object.hasOwn(target, "relation")) return undefined;
  const resource = target["resource"] ?? (allowed?.length === 1 ? allowed[0] : undefined);
  if (typeof resource !== "string") return undefined;
  const known = parseResourceName(resource);
  if (!known.ok) return { message: known.error.message, hint: known.error.hint ?? NAME_FORM };
  return (
    findNameFault(target) ??
    findReachFault(rule, { ...target, isNamespaced: known.value?.namespaced })
  );
}

const DRAIN_WITHOUT_REACH: Fault = {
  message: "the Pods of a Node are in all namespaces, and so beyond the reach of this rule",
  hint: "write reach: cluster",
};

const NAME_FORM = "a resource is named <plural>.<group>, or <plural> alone for core resources";

function findTriggerFault(
  resource: string,
  action: string,
  allowed: readonly string[] | undefined,
): Fault | undefined {
  if (allowed === undefined || allowed.includes(resource)) return undefined;
  return {
    message: `${action} cannot change ${resource}, only ${allowed.join(", ")}`,
    hint: `name the object: target: { resource: ${allowed[0] ?? ""}, name: ... }, or a reference of the trigger: target: { relation: ... }`,
  };
}
