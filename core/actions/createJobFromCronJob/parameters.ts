import * as v from "valibot";
import { clusterName } from "../contract/cluster.ts";
import { durationSchema } from "../contract/duration-schema.ts";
import { jobParameterEntries, type JobParameters } from "../job/job-parameters.ts";
import { referenceEntries, type ReferenceSelector } from "../contract/select-reference.ts";

const CONCURRENCY_POLICIES = ["honour", "wait", "replace", "ignore", "refuse"] as const;

/**
 * Parameters of createJobFromCronJob.
 * - `cronJob`: `owner` (default) is the CronJob that owns the trigger; `trigger` is the trigger itself; `{relation, kind?, index?}` is another reference of the
 *   trigger, such as the object of an Event; `{name, namespace?}` names one. Outside the trigger's namespace it needs `reach`. With `cluster` it is the
 *   CronJob of that name and namespace in another cluster of the pipeline, in which the Job is created, too; `{cluster}` alone is the twin
 *   of the trigger if that is a CronJob, and else of its owner.
 * - `concurrencyPolicy`: what to do while a run of the CronJob is active. `honour` (default) runs no two at a time unless its own policy
 *   allows that: with Forbid and Replace it waits, with Allow it runs in parallel. `wait`, `replace` (stop that run, which needs the right to
 *   delete Jobs), `ignore` (run in parallel) and `refuse` do that whatever its policy is.
 * - `within`: how long it waits for active runs.
 * - `suspend`: `honour` (default) refuses while the CronJob is suspended.
 * - `owner`: `controller` (default) makes the CronJob the controller of the Job, so that its history limits apply (and the CronJob
 *   controller reports UnexpectedJob); `plain` only deletes the Job with the CronJob; `none` writes no owner reference.
 */
export type CreateJobFromCronJobParameters = JobParameters & {
  readonly cronJob:
    | "owner"
    | "trigger"
    | (ReferenceSelector & { readonly cluster?: string | undefined })
    | {
        readonly namespace?: string | undefined;
        readonly name: string;
        readonly cluster?: string | undefined;
      }
    | { readonly cluster: string };
  readonly concurrencyPolicy: (typeof CONCURRENCY_POLICIES)[number];
  readonly within?: string | undefined;
  readonly suspend: "honour" | "ignore";
  readonly owner: "controller" | "plain" | "none";
};

const name = v.pipe(v.string(), v.nonEmpty("expected a name"));

export const createJobFromCronJobSchema: v.GenericSchema<unknown, CreateJobFromCronJobParameters> =
  v.strictObject({
    cronJob: v.optional(
      v.union(
        [
          v.literal("owner"),
          v.literal("trigger"),
          v.strictObject({ ...referenceEntries, cluster: clusterName }),
          v.strictObject({ namespace: v.optional(name), name, cluster: clusterName }),
          v.strictObject({ cluster: v.nonOptional(clusterName) }),
        ],
        "expected owner, trigger, {relation, kind?, index?, cluster?}, {name, namespace?, cluster?} or {cluster}",
      ),
      "owner",
    ),
    concurrencyPolicy: v.optional(
      v.picklist(CONCURRENCY_POLICIES, `expected one of ${CONCURRENCY_POLICIES.join(", ")}`),
      "honour",
    ),
    within: v.optional(durationSchema),
    suspend: v.optional(v.picklist(["honour", "ignore"]), "honour"),
    owner: v.optional(v.picklist(["controller", "plain", "none"]), "controller"),
    ...jobParameterEntries,
  }) as v.GenericSchema<unknown, CreateJobFromCronJobParameters>;
