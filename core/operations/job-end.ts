import { readField, readList } from "../json/read-json.ts";

/**
 * How a Job has ended: the condition Complete or Failed that is True, of which a Job never loses one. Undefined if it has not.
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/job/#terminal-job-conditions
 */
export function readJobEnd(
  job: unknown,
): { readonly type: "Complete" | "Failed"; readonly reason: string } | undefined {
  for (const condition of readList(readField(job, "status", "conditions"))) {
    const type = readField(condition, "type");
    if (type !== "Complete" && type !== "Failed") continue;
    if (readField(condition, "status") !== "True") continue;
    const reason = readField(condition, "reason");
    return { type, reason: typeof reason === "string" ? reason : "" };
  }
  return undefined;
}

/** Whether a Job has not ended, and is not suspended either: its Pods run, or will without anybody doing anything. */
export function isRunningJob(job: unknown): boolean {
  if (readJobEnd(job) !== undefined) return false;
  const active = readField(job, "status", "active");
  const isSuspended = readField(job, "spec", "suspend") === true;
  return !isSuspended || (typeof active === "number" && active > 0);
}
