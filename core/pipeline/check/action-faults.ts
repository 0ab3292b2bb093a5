import { builtinCatalog } from "../../references/builtin.ts";
import { findResource } from "../../references/find-resource.ts";
import { isEvents } from "../../references/is-events.ts";
import { findAction } from "../../actions/registry.ts";
import { isObject } from "../../json/read-json.ts";
import type { PipelineIssue, Rule } from "../pipeline.ts";

type Fault = { readonly message: string; readonly hint: string };

/** The actions of a rule that would be refused for every object that the rule can match. */
export function findActionFaults(
  rule: Rule,
  path: PipelineIssue["path"],
): readonly PipelineIssue[] {
  return (["then", "onFailure"] as const).flatMap((list) =>
    (rule[list] ?? []).flatMap(({ action, parameters }, index) => {
      const here = [...path, list, index, action];
      if (action !== "createJobFromCronJob") {
        const fault = findTargetFault(rule, action, parameters["target"] ?? "trigger");
        return fault === undefined ? [] : [{ path: here, ...fault }];
      }
      const fault = findCronJobFault(rule, parameters["cronJob"]);
      return fault === undefined ? [] : [{ path: [...here, "cronJob"], ...fault }];
    }),
  );
}

/** An action on the trigger that cannot change objects of the rule's resource. */
function findTargetFault({ on }: Rule, action: string, target: unknown): Fault | undefined {
  const targets = findAction(action)?.targets;
  if (targets === undefined || targets.others || target !== "trigger") return undefined;
  if (Object.hasOwn(targets.kinds, on.resource)) return undefined;
  const names = Object.keys(targets.kinds);
  return {
    message: `${action} cannot change ${on.resource}, only ${names.join(", ")}`,
    hint: `name the object: target: { resource: ${names[0] ?? ""}, name: ... }, or a reference of the trigger: target: { relation: ... }`,
  };
}

function findCronJobFault(rule: Rule, cronJob: unknown): Fault | undefined {
  if (cronJob === "owner") return findOwnerFault(rule.on.resource);
  if (cronJob === "trigger") return findTriggerFault(rule.on.resource);
  if (!isObject(cronJob)) return undefined;
  return Object.hasOwn(cronJob, "relation")
    ? findRelationFault(rule.on.resource, cronJob)
    : (findNameFault(cronJob) ?? findReachFault(rule, cronJob));
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

const NAME = /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/;

/** A name that no API server accepts. */
function findNameFault({ namespace, name }: Readonly<Record<string, unknown>>): Fault | undefined {
  const wrong = [name, namespace].find((one) => typeof one === "string" && !NAME.test(one));
  if (wrong === undefined) return undefined;
  return {
    message: `${JSON.stringify(wrong)} cannot be the name of an object`,
    hint: "names are lower-case letters, digits, - and .; a CronJob is named in the rule itself, not by a template",
  };
}

/** A CronJob in a namespace that is not the trigger's, without a reach that includes it. */
function findReachFault(
  { on, reach }: Rule,
  { namespace, name }: Readonly<Record<string, unknown>>,
): Fault | undefined {
  const isClusterScoped = findResource(builtinCatalog(), on.resource)?.namespaced === false;
  if (typeof namespace !== "string") {
    return isClusterScoped
      ? {
          message: `${on.resource} have no namespace, so the CronJob's must be named`,
          hint: `write { namespace: <namespace>, name: ${String(name)} }, and reach: [<namespace>]`,
        }
      : undefined;
  }
  if (reach === "cluster" || reach?.includes(namespace) === true) return undefined;
  const isOwn = on.namespaces?.length === 1 && on.namespaces[0] === namespace;
  if (isOwn) return undefined;
  const all = [...(reach ?? []), namespace].join(", ");
  return {
    message: `the namespace ${namespace} is not within the reach of this rule, which is the trigger's own namespace${reach === undefined ? "" : ` and ${reach.join(", ")}`}`,
    hint: `write reach: [${all}]${isClusterScoped ? "" : `, or watch that namespace alone: on: { namespaces: [${namespace}] }`}`,
  };
}
