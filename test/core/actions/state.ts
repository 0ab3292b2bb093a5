import type { KubernetesObject } from "../../../events/change.ts";
import type {
  FoundReference,
  ReferenceResult,
  ResolvedReference,
} from "../../../events/reference.ts";
import type { ActionState, Observation } from "../../../core/actions/contract/action.ts";
import { NO_CHAIN } from "../../../core/operations/loops/chain.ts";
import { builtinCatalog } from "../../../core/references/builtin.ts";
import { FAILED_JOB_TRIGGER } from "../../support/failed-job.ts";

export const NOW = "2026-03-01T10:00:00.000Z";

export const CRON_JOB: KubernetesObject = {
  apiVersion: "batch/v1",
  kind: "CronJob",
  metadata: { name: "backup", namespace: "data", uid: "cron-uid" },
  spec: {
    concurrencyPolicy: "Allow",
    jobTemplate: {
      metadata: { labels: { app: "backup" }, annotations: { team: "data" } },
      spec: { backoffLimit: 2, template: { spec: { restartPolicy: "Never" } } },
    },
  },
};

export const OWNER: ResolvedReference = {
  outcome: "resolved",
  apiVersion: "batch/v1",
  kind: "CronJob",
  resource: "cronjobs",
  namespace: "data",
  name: "backup",
  uid: "cron-uid",
  provenance: "explicit",
};

export function toOwnerReference(result: ReferenceResult): FoundReference {
  return { field: "metadata.ownerReferences[0]", relation: "controller", result };
}

/** The state of an action whose trigger is the failed Job data/backup-1. */
export function toState<P>(
  parameters: P,
  change: Partial<ActionState<P>> & {
    readonly cronJob?: KubernetesObject | null;
    readonly jobs?: readonly KubernetesObject[];
  } = {},
): ActionState<P> {
  const { cronJob, jobs, ...rest } = change;
  const observed = new Map<string, Observation>();
  if (cronJob !== undefined) observed.set("cronJob", { type: "object", object: cronJob });
  if (jobs !== undefined) observed.set("jobs", { type: "list", items: jobs });
  return {
    parameters,
    record: { name: "rerun-0123456789abcdef0123", namespace: "kubemend", uid: "record-uid" },
    rule: { id: "rerun" },
    trigger: FAILED_JOB_TRIGGER,
    live: {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: "backup-1", namespace: "data", uid: "job-uid" },
    },
    references: [toOwnerReference(OWNER)],
    catalog: builtinCatalog(),
    observed,
    now: NOW,
    chain: NO_CHAIN,
    evaluate: (expression) => `value of ${expression}`,
    evaluateText: (expression) => `text of ${expression}`,
    ...rest,
  };
}

/** The CronJob, with these fields of its specification. */
export function toCronJob(spec: Readonly<Record<string, unknown>>): KubernetesObject {
  return { ...CRON_JOB, spec: { ...(CRON_JOB["spec"] as object), ...spec } };
}
