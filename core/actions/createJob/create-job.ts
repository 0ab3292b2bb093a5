import * as v from "valibot";
import type { KubernetesObject } from "../../../events/change.ts";
import { toCanonicalJson } from "../../json/canonical-json.ts";
import { readField } from "../../json/read-json.ts";
import type { OwnerReference } from "../../operations/operation.ts";
import { toApiVersion } from "../../references/api-version.ts";
import { ok, type Result } from "../../result.ts";
import type { Action, ActionAnswer, ActionState } from "../contract/action.ts";
import { clusterName } from "../contract/cluster.ts";
import { refused, toRefusal } from "../contract/change-target.ts";
import type { Refusal } from "../contract/target.ts";
import { JOB_COMPLETE } from "../job/job-complete.ts";
import { toJobName } from "../job/job-name.ts";
import { jobParameterEntries } from "../job/job-parameters.ts";
import { findJobPlace } from "../job/job-place.ts";
import { jobTemplateSchema } from "../job/job-template.ts";
import { toJobCause, toJob, withAnnotations, type JobRuleParameters } from "../job/to-job.ts";

/**
 * Parameters of createJob, beside those of every Job.
 * - `job`: the Job. `metadata.name` (default: the rule's id) is the beginning of its name.
 * - `owner`: `none` (default), or `trigger`: the Job is deleted with the trigger.
 */
export type CreateJobParameters = JobRuleParameters & { readonly owner: "none" | "trigger" };

/**
 * Creates a Job that the rule contains, under a name that depends only on the record and on what the rule says, so that there is only one.
 * Refused, besides what every action refuses, with OwnerElsewhere and OwnerGone, because the garbage collector would delete the Job, and
 * with NoContainer, NoText, TooLong and NoQuantity.
 */
export const createJob: Action<CreateJobParameters> = {
  name: "createJob",
  schema: v.strictObject({
    job: jobTemplateSchema,
    owner: v.optional(v.picklist(["none", "trigger"], "expected none or trigger"), "none"),
    cluster: clusterName,
    ...jobParameterEntries,
  }),
  remediates: true,
  expressions: [],
  permissions: ({ owner }, { group, resource }) => [
    { apiGroups: ["batch"], resources: ["jobs"], verbs: ["create", "get"] },
    ...(owner === "none" ? [] : [{ apiGroups: [group], resources: [resource], verbs: ["get"] }]),
  ],
  next,
};

function next(state: ActionState<CreateJobParameters>): ActionAnswer {
  const place = findJobPlace(state);
  if (!place.ok) return refused(place.error);
  const owner = state.observed.get("owner");
  if (state.parameters.owner === "trigger" && owner?.type !== "object") return readOwner(state);
  const found = owner?.type === "object" ? owner.object : null;
  const owners = findOwners(state, place.value.namespace, found);
  if (!owners.ok) return refused(owners.error);
  const job = toJob(state);
  if (!job.ok) return refused(job.error);
  const { spec, ...metadata } = withAnnotations(job.value, toJobCause(state));
  const base = state.parameters.job.metadata?.name ?? state.rule.id;
  const parts = [state.record.name, String(state.stage ?? 0), toCanonicalJson(state.parameters)];
  return {
    outcome: "operations",
    operations: [
      {
        type: "createManifest",
        name: "createJob",
        target: { ...place.value, name: toJobName(base, spec, parts) },
        metadata: { ...metadata, ownerReferences: owners.value },
        spec,
      },
    ],
    // There is no other live object that the Job is about. An Event proves nothing, so it is not asked.
    ...(state.trigger.kind === "Event" ? {} : { target: state.live }),
    check: JOB_COMPLETE,
  };
}

/** `state.live` may be the last reported state of a trigger that is gone. */
function readOwner({ trigger }: ActionState<unknown>): ActionAnswer {
  const { group, version, resource, kind, namespace, name } = trigger;
  const target = { group, version, resource, kind, namespace, name };
  return {
    outcome: "read",
    reads: [{ type: "get", as: "owner", target, orMetadata: true }],
  };
}

/** @see https://kubernetes.io/docs/concepts/overview/working-with-objects/owners-dependents/ */
function findOwners(
  { parameters, trigger }: ActionState<CreateJobParameters>,
  namespace: string,
  owner: KubernetesObject | null,
): Result<readonly OwnerReference[], Refusal> {
  if (parameters.owner === "none") return ok([]);
  const { kind, name, uid } = trigger;
  if (parameters.cluster !== undefined) {
    const message = `${kind} ${name} cannot own a Job in the cluster ${parameters.cluster}: set owner: none in the rule`;
    return toRefusal("OwnerElsewhere", message);
  }
  if (trigger.namespace !== null && trigger.namespace !== namespace) {
    const message = `${kind} ${trigger.namespace}/${name} cannot own a Job in namespace ${namespace}: set owner: none in the rule`;
    return toRefusal("OwnerElsewhere", message);
  }
  const isLeaving = readField(owner, "metadata", "deletionTimestamp") !== undefined;
  if (isLeaving || owner?.metadata.uid !== uid) {
    const message = `${kind} ${name} is gone or being deleted, so the Job would be deleted too: set owner: none in the rule`;
    return toRefusal("OwnerGone", message);
  }
  return ok([{ apiVersion: toApiVersion(trigger), kind, name, uid }]);
}
