import type { Trigger } from "../../events/request.ts";

/** The failed Job data/backup-1, as the trigger of a remediation. */
export const FAILED_JOB_TRIGGER: Trigger = {
  group: "batch",
  version: "v1",
  resource: "jobs",
  kind: "Job",
  namespaced: true,
  namespace: "data",
  name: "backup-1",
  uid: "job-uid",
  resourceVersion: "7",
};
