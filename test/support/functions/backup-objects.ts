import type { FoundReference } from "../../../events/reference.ts";
/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import type { KubernetesObject } from "../../../events/change.ts";

type Json = Readonly<Record<string, unknown>>;

const CRON_UID = "3f2b8c1e-7d44-4a0e-9b5c-0c1d2e3f4a5b";

/** The CronJob data/backup. */
export const CRON_JOB: KubernetesObject = {
  apiVersion: "batch/v1",
  kind: "CronJob",
  metadata: { name: "backup", namespace: "data", uid: CRON_UID },
  spec: { jobTemplate: { spec: { template: { spec: {} } } } },
};

/** The CronJob as the controller of its Jobs. */
export const BY_CRON_JOB: Json = {
  apiVersion: "batch/v1",
  kind: "CronJob",
  name: "backup",
  uid: CRON_UID,
  controller: true,
};

/** The Job data/backup-1 of that CronJob. */
export function toBackupJob(parts: {
  readonly metadata?: Json;
  readonly status?: Json;
}): KubernetesObject {
  const { metadata, ...rest } = parts;
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name: "backup-1",
      namespace: "data",
      uid: "job-uid",
      resourceVersion: "7",
      ownerReferences: [BY_CRON_JOB],
      ...metadata,
    },
    ...rest,
  };
}

/** Runs the CronJob of a failed Job again, and alerts. */
export const RERUN_RULE = {
  where: 'object.status.conditions.exists(c, c.type == "Failed" && c.status == "True")',
  once: "object",
  then: [
    { createJobFromCronJob: {} },
    { alert: { to: "team", summary: "'failed: ' + object.metadata.name" } },
  ],
} as const;

/** The CronJob, as the relay found it in the object that is gone. */
export const OWNER: FoundReference = {
  field: "metadata.ownerReferences[0]",
  relation: "controller",
  result: {
    outcome: "resolved",
    apiVersion: "batch/v1",
    kind: "CronJob",
    resource: "cronjobs",
    namespace: "data",
    name: "backup",
    uid: CRON_JOB.metadata.uid,
    provenance: "explicit",
  },
};
