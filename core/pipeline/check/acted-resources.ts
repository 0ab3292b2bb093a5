import { toTargetResources, type TargetParameter } from "../../actions/contract/target.ts";
import { findAction, isRemediation } from "../../actions/registry.ts";
import {
  toTargetResourceNames,
  type TargetsParameter,
} from "../../actions/targets/targets-parameter.ts";
import { toResourceName } from "../../references/resource-name.ts";
import type { Rule, RuleAction } from "../pipeline.ts";

/** Whose Jobs an action makes. */
const MAKES_JOB: ReadonlySet<string> = new Set(["createJobFromCronJob", "createJob", "applyJob"]);

/** The resources of the objects that the actions of a rule act upon, on which `whereTarget` is evaluated. */
export function toActedResources(rule: Rule): readonly string[] {
  return distinct(listActions(rule).flatMap((action) => toActed(action, rule.on.resource)));
}

/**
 * The resources of the objects that the actions create or change, on which `verify.where` is evaluated; the trigger's if they only delete,
 * evict or report.
 */
export function toMadeResources(rule: Rule): readonly string[] {
  const { resource } = rule.on;
  const made = listActions(rule).flatMap((action) => {
    if (MAKES_JOB.has(action.action)) return ["jobs.batch"];
    const isChange = findAction(action.action)?.verb === undefined;
    return isChange ? toActed(action, resource) : [];
  });
  return made.length === 0 ? [resource] : distinct(made);
}

/** The resources of the objects that an action selects with `targets.select`, and their place among its parameters. */
export function toSelectedResource({ parameters }: RuleAction): string | undefined {
  const targets = parameters["targets"] as TargetsParameter | undefined;
  return targets !== undefined && "select" in targets ? targets.select.resource : undefined;
}

/** Every resource whose type a rule depends on. */
export function toTypedResources(rule: Rule): readonly string[] {
  const selected = listActions(rule).flatMap((action) => toSelectedResource(action) ?? []);
  return distinct([
    rule.on.resource,
    ...toActedResources(rule),
    ...toMadeResources(rule),
    ...selected,
  ]);
}

function listActions({ then, onFailure = [] }: Rule): readonly RuleAction[] {
  return [...then, ...onFailure].filter((action) => isRemediation([action]));
}

/** The resources of the objects that one action may act upon. */
export function toActed({ action, parameters }: RuleAction, on: string): readonly string[] {
  if (action === "createJobFromCronJob") return ["cronjobs.batch"];
  if (action === "applyJob") return ["jobs.batch"];
  if (action === "createJob") return [on];
  if (parameters["targets"] !== undefined) {
    return toTargetResourceNames(parameters["targets"] as TargetsParameter);
  }
  const kinds = findAction(action)?.targets;
  const target = (parameters["target"] ?? "trigger") as TargetParameter;
  if (kinds === undefined || target === "trigger") return [on];
  return toTargetResources(target, kinds, { group: "", resource: on }).map(toResourceName);
}

function distinct(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}
