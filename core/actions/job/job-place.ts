import { findResource } from "../../references/find-resource.ts";
import { ok, refuse, type Result } from "../../result.ts";
import type { ObjectAddress } from "../../operations/operation.ts";
import type { ActionState } from "../contract/action.ts";
import { findLoop } from "../contract/loop.ts";
import { toRefusal } from "../contract/change-target.ts";
import type { Refusal } from "../contract/target.ts";
import type { JobRuleParameters } from "./to-job.ts";

export type JobPlace = Omit<ObjectAddress, "name"> & { readonly namespace: string };

/** The address at which the Job of the rule is created, without a name. Refused with LoopDepth, NotServed and NamespaceMissing. */
export function findJobPlace(state: ActionState<JobRuleParameters>): Result<JobPlace, Refusal> {
  const { trigger, catalog, parameters } = state;
  const about = `${trigger.kind} ${trigger.name}`;
  const loop = findLoop(state);
  if (loop !== undefined) return refuse(loop);
  const entry = findResource(catalog, "jobs.batch");
  if (entry === undefined) return toRefusal("NotServed", "the cluster does not serve jobs.batch");
  const namespace = parameters.job.metadata?.namespace ?? trigger.namespace;
  if (namespace === null) {
    const message = `${about} has no namespace: write that of the Job into the rule, job: { metadata: { namespace: ... } }`;
    return toRefusal("NamespaceMissing", message);
  }
  const { group, version, resource, kind } = entry;
  return ok({ group, version, resource, kind, namespace });
}
