import { builtinCatalog } from "../../references/builtin.ts";
import { findResource } from "../../references/find-resource.ts";
import { isEvents } from "../../references/is-events.ts";
import { isObject } from "../../json/read-json.ts";
import type { PipelineIssue, Rule } from "../pipeline.ts";
import type { Fault } from "./parameters/fault.ts";
import { findNameFault, findReachFault } from "./reach-faults.ts";
import { findJobFaults } from "./job-faults.ts";
import { findParameterFaults } from "./parameters/parameter-faults.ts";
import { findSelectorFaults } from "./parameters/selector-faults.ts";
import { findTargetFault } from "./target-faults.ts";

/** The actions of a rule that would be refused for every object that the rule can match. */
export function findActionFaults(
  rule: Rule,
  path: PipelineIssue["path"],
): readonly PipelineIssue[] {
  return (["then", "onFailure"] as const).flatMap((list) =>
    (rule[list] ?? []).flatMap((written, index) => {
      const { action, parameters } = written;
      const isJob = action === "createJobFromCronJob";
      if (action === "alert") return [];
      const here = [...path, list, index, action];
      const fault = isJob
        ? findCronJobFault(rule, parameters["cronJob"])
        : findTargetFault(rule, written);
      const own = Object.hasOwn(parameters, "targets") ? "targets" : "target";
      return [
        ...(fault === undefined ? [] : [{ path: [...here, isJob ? "cronJob" : own], ...fault }]),
        ...[
          ...findParameterFaults(rule, written),
          ...findSelectorFaults(written),
          ...findJobFaults(rule, written),
        ].map(({ at, ...found }) => ({ path: [...here, ...at], ...found })),
      ];
    }),
  );
}

function findCronJobFault(rule: Rule, cronJob: unknown): Fault | undefined {
  if (cronJob === "owner") return findOwnerFault(rule.on.resource);
  if (cronJob === "trigger") return findTriggerFault(rule.on.resource);
  if (!isObject(cronJob)) return undefined;
  if (!Object.hasOwn(cronJob, "relation") && !Object.hasOwn(cronJob, "name")) {
    return rule.on.resource === "cronjobs.batch" ? undefined : findOwnerFault(rule.on.resource);
  }
  return Object.hasOwn(cronJob, "relation")
    ? findRelationFault(rule.on.resource, cronJob)
    : (findNameFault(cronJob) ??
        findReachFault(rule, {
          ...cronJob,
          isNamespaced: true,
          way: `write cronJob: { name: ${String(cronJob["name"])}, namespace: <namespace> }, and reach: [<namespace>]`,
        }));
}

const NAMED = "name the CronJob: cronJob: { name: ... }";

/** Resources whose objects are made by controllers of their own, or by nobody, and never by a CronJob. */
const OWNED_BY: Readonly<Record<string, string>> = {
  pods: "a Pod of a CronJob belongs to a Job, and the Job to the CronJob: watch jobs.batch",
  "cronjobs.batch": "a CronJob that is the trigger itself is cronJob: trigger",
  "replicasets.apps": NAMED,
  "controllerrevisions.apps": NAMED,
  "endpointslices.discovery.k8s.io": NAMED,
  endpoints: NAMED,
  "leases.coordination.k8s.io": NAMED,
};

function findOwnerFault(resource: string): Fault | undefined {
  if (isEvents(resource)) {
    return {
      message: "an Event has no owner, so there would never be a CronJob",
      hint: "the object of the Event is cronJob: { relation: involved, kind: CronJob }",
    };
  }
  const known = findResource(builtinCatalog(), resource);
  if (known?.namespaced === false) {
    return {
      message: `${resource} have no namespace, and a CronJob cannot own them`,
      hint: `${NAMED}, with its namespace, and reach`,
    };
  }
  const way = Object.hasOwn(OWNED_BY, resource) ? OWNED_BY[resource] : undefined;
  if (way === undefined) return undefined;
  const hint = way === NAMED || resource === "cronjobs.batch" ? way : `${way}; or ${NAMED}`;
  return { message: `no CronJob owns ${resource}, so this would always be refused`, hint };
}

function findTriggerFault(resource: string): Fault | undefined {
  if (resource === "cronjobs.batch") return undefined;
  return {
    message: `the trigger is one of ${resource}, and no CronJob`,
    hint: "cronJob: trigger is for rules on cronjobs.batch; cronJob: owner is the CronJob that owns the trigger",
  };
}

const OWNERS = new Set(["owner", "controller"]);

function findRelationFault(
  resource: string,
  selector: Readonly<Record<string, unknown>>,
): Fault | undefined {
  const { relation, kind } = selector;
  if (typeof kind === "string" && kind !== "CronJob") {
    return {
      message: `a ${kind} is no CronJob, so this would always be refused`,
      hint: "write kind: CronJob, or leave kind out",
    };
  }
  if (OWNERS.has(String(relation))) return findOwnerFault(resource);
  const isOfEvents = relation === "involved" || relation === "related";
  const isBuiltin = findResource(builtinCatalog(), resource) !== undefined;
  if (!isOfEvents || isEvents(resource) || !isBuiltin) return undefined;
  return {
    message: `only Events have the relation ${relation}, and the trigger is one of ${resource}`,
    hint: "cronJob: owner is the CronJob that owns the trigger",
  };
}
