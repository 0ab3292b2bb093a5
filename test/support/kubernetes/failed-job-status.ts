/** The status of a Job that has failed just now, as the Job controller writes it. */
export function toFailedJobStatus(): Readonly<Record<string, unknown>> {
  const at = new Date().toISOString().replace(/\.\d+Z$/, "Z");
  const conditions = ["FailureTarget", "Failed"].map((type) => ({
    type,
    status: "True",
    reason: "BackoffLimitExceeded",
    message: "Job has reached the specified backoff limit",
    lastProbeTime: at,
    lastTransitionTime: at,
  }));
  return { startTime: at, failed: 1, conditions };
}
