import { createPlan, type WritePlan } from "../../../core/records/plan.ts";
import type { PlannedAction } from "../../../core/records/stages/plan-stage.ts";
import { toRecord } from "./record.ts";
import type { AlertOperation, CreateOperation } from "../../../core/operations/operation.ts";

const CRON_JOB = {
  group: "batch",
  version: "v1",
  resource: "cronjobs",
  kind: "CronJob",
  namespace: "data",
  name: "backup",
};

export const CREATE: CreateOperation = {
  type: "create",
  name: "create",
  target: { ...CRON_JOB, resource: "jobs", kind: "Job", name: "backup-0123456789ab" },
  metadata: {},
  specFrom: {
    source: { ...CRON_JOB, uid: "cron-uid" },
    path: "spec.jobTemplate.spec",
    digest: "d",
  },
};

export function toAlert(summary: string): AlertOperation {
  return { type: "alert", name: "alert", to: "team", summary };
}

/** A plan of the actions of `then` alone. */
export function planOf(actions: readonly PlannedAction[]): WritePlan {
  return createPlan({ actions, trigger: toRecord().spec.trigger });
}
