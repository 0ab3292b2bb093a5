import { findResource } from "../../references/find-resource.ts";
import { ok, refuse, type Result } from "../../result.ts";
import type { ObjectAddress } from "../../operations/operation.ts";
import type { ActionState } from "../contract/action.ts";
import { toActingCatalog, toCluster, toNotServed } from "../contract/cluster.ts";
import { findLoop } from "../contract/loop.ts";
import { toRefusal } from "../contract/change-target.ts";
import type { Refusal } from "../contract/target.ts";
import type { JobRuleParameters } from "./to-job.ts";

export type JobPlace = Omit<ObjectAddress, "name"> & { readonly namespace: string };

/** The address at which the Job of the rule is created, without a name. Refused with LoopDepth, NotServed and NamespaceMissing. */
export function findJobPlace(state: ActionState<JobRuleParameters>): Result<JobPlace, Refusal> {
  const { trigger, parameters, other } = state;
  const about = `${trigger.kind} ${trigger.name}`;
  const loop = findLoop(state);
  if (loop !== undefined) return refuse(loop);
  const entry = findResource(toActingCatalog(state), "jobs.batch");
  if (entry === undefined) return refuse(toNotServed(state, "jobs.batch"));
  const namespace = parameters.job.metadata?.namespace ?? trigger.namespace;
  if (namespace === null) {
    const message = `${about} has no namespace: write that of the Job into the rule, job: { metadata: { namespace: ... } }`;
    return toRefusal("NamespaceMissing", message);
  }
  const { group, version, resource, kind } = entry;
  const cluster = toCluster({ cluster: other?.name });
  return ok({ group, version, resource, kind, namespace, ...cluster });
}
