import type { KubernetesObject } from "../../../events/change.ts";
import { EACH, type FieldPattern } from "../../json/field-pattern.ts";
import { readField, readList } from "../../json/read-json.ts";
import { readJobEnd } from "../../operations/job-end.ts";

/** The fields of a Job that `toActiveRuns` reads. */
export const RUN_FIELDS: readonly FieldPattern[] = [
  ["metadata", "ownerReferences", EACH, "uid"],
  ["status", "conditions", EACH, "type"],
  ["status", "conditions", EACH, "status"],
];

/**
 * The Jobs of a CronJob that have not ended, by the uid of their owner, no matter who created them: `status.active` of the
 * CronJob counts only the runs of its schedule. A Job has ended if its condition Complete or Failed has status True.
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/job/#terminal-job-conditions
 */
export function toActiveRuns(
  jobs: readonly KubernetesObject[],
  cronJobUid: string,
): readonly KubernetesObject[] {
  return jobs.filter((job) => isOwnedBy(job, cronJobUid) && readJobEnd(job) === undefined);
}

function isOwnedBy(job: KubernetesObject, uid: string): boolean {
  const owners = readList(readField(job, "metadata", "ownerReferences"));
  return owners.some((owner) => readField(owner, "uid") === uid);
}
