import { isTriggers, type TargetParameter } from "../../actions/contract/target.ts";
import { findAction } from "../../actions/registry.ts";
import { isObject } from "../../json/read-json.ts";
import { parseResourceName } from "../parse/parse-resource-name.ts";
import type { Rule, RuleAction } from "../pipeline.ts";
import { builtinCatalog } from "../../references/builtin.ts";
import { findResource } from "../../references/find-resource.ts";
import { isEvents } from "../../references/is-events.ts";
import type { Fault } from "./parameters/fault.ts";
import { findNameFault, findReachFault } from "./reach-faults.ts";
import { findTargetsFault } from "./targets-faults.ts";

/** Why an action on a target would be refused for every object that the rule can match; undefined if nothing speaks against it. */
export function findTargetFault(rule: Rule, { action, parameters }: RuleAction): Fault | undefined {
  const { target = "trigger", targets: many } = parameters;
  if (many !== undefined) return findTargetsFault(rule, many);
  if (action === "drain" && rule.reach !== "cluster") return DRAIN_WITHOUT_REACH;
  const targets = findAction(action)?.targets;
  const named = Object.keys(targets?.kinds ?? {});
  const allowed = targets?.others === false ? named : undefined;
  const toKindFault = (resource: string): Fault | undefined => {
    const isOpen = named.length === 0 || (allowed === undefined && !isBuiltin(resource));
    return isOpen ? undefined : findTriggerFault(resource, action, named);
  };
  if (target === "trigger") return toKindFault(rule.on.resource);
  if (!isObject(target)) return undefined;
  if (isTriggers(target as TargetParameter)) {
    return toKindFault(rule.on.resource) ?? findTwinFault(rule);
  }
  if (Object.hasOwn(target, "relation")) {
    return (
      findRelationFault(rule.on.resource, target) ?? findNodeFault(rule, target, named, action)
    );
  }
  const resource = target["resource"] ?? (allowed?.length === 1 ? allowed[0] : undefined);
  if (typeof resource !== "string") return undefined;
  const kindFault = isBuiltin(resource) ? toKindFault(resource) : undefined;
  if (kindFault !== undefined) return kindFault;
  const known = parseResourceName(resource);
  if (!known.ok) return { message: known.error.message, hint: known.error.hint ?? NAME_FORM };
  return (
    findNameFault(target) ??
    findReachFault(rule, {
      ...target,
      isNamespaced: known.value?.namespaced,
      way: `write target: { resource: ${resource}, name: ${String(target["name"])}, namespace: <namespace> }, and reach: [<namespace>]`,
    })
  );
}

/** The twin of a trigger that is in no namespace is another object in none. */
function findTwinFault(rule: Rule): Fault | undefined {
  const isNamespaced = findResource(builtinCatalog(), rule.on.resource)?.namespaced;
  return isNamespaced === false
    ? findReachFault(rule, { name: "the twin of the trigger", isNamespaced, way: "" })
    : undefined;
}

function isBuiltin(resource: string): boolean {
  return findResource(builtinCatalog(), resource) !== undefined;
}

/** The Node of a Pod, of which only few actions can do anything, and that is in no namespace. */
function findNodeFault(
  { reach }: Rule,
  { relation }: Readonly<Record<string, unknown>>,
  named: readonly string[],
  action: string,
): Fault | undefined {
  if (relation !== "node") return undefined;
  if (named.length > 0 && !named.includes("nodes")) {
    return {
      message: `the relation node leads to a Node, and ${action} cannot change one, only ${named.join(", ")}`,
      hint: "write another relation, such as owner, or name the object",
    };
  }
  if (reach === "cluster") return undefined;
  const message = "a Node is in no namespace, and so beyond the reach of this rule";
  return { message, hint: "write reach: cluster, and whereTarget, which sees the Node" };
}

/** Relations that only Events have, or only Pods. */
function findRelationFault(
  on: string,
  { relation }: Readonly<Record<string, unknown>>,
): Fault | undefined {
  if (relation === "node" && on !== "pods" && isBuiltin(on)) {
    return {
      message: `only Pods have the relation node, and the trigger is one of ${on}`,
      hint: "leave target out to act upon the trigger itself, or watch pods",
    };
  }
  const isOfEvents = relation === "involved" || relation === "related";
  if (!isOfEvents || isEvents(on) || !isBuiltin(on)) return undefined;
  return {
    message: `only Events have the relation ${relation}, and the trigger is one of ${on}`,
    hint: "leave target out to act upon the trigger itself, or write another relation, such as controller",
  };
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
