import type { KubernetesObject } from "../../../events/change.ts";
import { EACH, type FieldPattern } from "../../json/field-pattern.ts";
import { readField, readList } from "../../json/read-json.ts";
import { CAUSE_ANNOTATION } from "../../operations/loops/cause-annotations.ts";
import { readJobEnd } from "../../operations/job-end.ts";

/** The fields of a Job that `toActiveRuns` reads. */
export const RUN_FIELDS: readonly FieldPattern[] = [
  ["metadata", "ownerReferences", EACH, "uid"],
  ["metadata", "ownerReferences", EACH, "controller"],
  ["metadata", "annotations", CAUSE_ANNOTATION],
  ["status", "conditions", EACH, "type"],
  ["status", "conditions", EACH, "status"],
];

/**
 * The Jobs of a CronJob that have not ended: those that it controls, no matter who created them, because `status.active` of the
 * CronJob counts only the runs of its schedule; and those that Kubemend has created with `owner: plain`. A Job has ended if its condition Complete or Failed has status True.
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
  const isOurs = readField(job, "metadata", "annotations", CAUSE_ANNOTATION) !== undefined;
  return owners.some(
    (owner) =>
      readField(owner, "uid") === uid && (isOurs || readField(owner, "controller") === true),
  );
}
