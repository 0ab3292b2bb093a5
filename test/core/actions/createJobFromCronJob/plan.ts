import * as v from "valibot";
import { createJobFromCronJob } from "../../../../core/actions/createJobFromCronJob/create-job-from-cron-job.ts";
import type { CreateJobFromCronJobParameters } from "../../../../core/actions/createJobFromCronJob/parameters.ts";
import type { CreateOperation } from "../../../../core/operations/operation.ts";

export const DEFAULTS: CreateJobFromCronJobParameters = v.parse(createJobFromCronJob.schema, {});
export const next: typeof createJobFromCronJob.next = createJobFromCronJob.next;

/** The operation that creates the Job, which is the first of the plan. */
export function toCreate(answer: ReturnType<typeof next>): CreateOperation {
  const operation = answer.outcome === "operations" ? answer.operations[0] : undefined;
  if (operation?.type !== "create") throw new Error(JSON.stringify(answer));
  return operation;
}
