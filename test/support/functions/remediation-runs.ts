import { toFailedJobStatus } from "../kubernetes/failed-job-status.ts";
import {
  CRON_JOBS,
  JOBS,
  type JobObject,
  type Json,
  type RemediationWorld,
} from "./remediation-world.ts";

/** Creates a CronJob and a failed Job of it. */
export async function createFailedRun(
  world: RemediationWorld,
  name: string,
  cronJob: { readonly spec?: Json; readonly jobSpec?: Json; readonly template?: Json } = {},
): Promise<{ readonly cronJob: JobObject; readonly job: JobObject }> {
  const pod = {
    spec: {
      restartPolicy: "Never",
      containers: [{ name: "main", image: "registry.example/backup" }],
    },
  };
  const owner = await world.admin.request<JobObject>({
    method: "POST",
    path: CRON_JOBS,
    body: {
      apiVersion: "batch/v1",
      kind: "CronJob",
      metadata: { name },
      spec: {
        schedule: "0 3 1 1 *",
        jobTemplate: {
          metadata: {
            labels: { app: "backup" },
            annotations: { team: "data" },
            ...cronJob.template,
          },
          spec: { backoffLimit: 0, template: pod, ...cronJob.jobSpec },
        },
        ...cronJob.spec,
      },
    },
  });
  const job = await createRun(world, `${name.slice(0, 40)}-1`, owner);
  return { cronJob: owner, job: await failJob(world, job) };
}

/** Creates a run of a CronJob as its controller does; it is active until a test ends it. */
export async function createRun(
  world: RemediationWorld,
  name: string,
  { metadata: { name: ownerName, uid } }: JobObject,
): Promise<JobObject> {
  return world.admin.request<JobObject>({
    method: "POST",
    path: JOBS,
    body: {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: {
        name,
        ownerReferences: [
          { apiVersion: "batch/v1", kind: "CronJob", name: ownerName, uid, controller: true },
        ],
      },
      spec: {
        template: {
          spec: { restartPolicy: "Never", containers: [{ name: "main", image: "none" }] },
        },
      },
    },
  });
}

/** Writes what the Job controller writes when a Job has failed. */
export async function failJob(
  world: RemediationWorld,
  { metadata }: JobObject,
): Promise<JobObject> {
  return setJobStatus(world, metadata.name, toFailedJobStatus());
}

/** Writes what the Job controller writes when a Job has completed. */
export async function completeJob(world: RemediationWorld, { metadata }: JobObject): Promise<void> {
  const at = new Date().toISOString().replace(/\.\d+Z$/, "Z");
  const condition = (type: string): Json => ({
    type,
    status: "True",
    lastProbeTime: at,
    lastTransitionTime: at,
  });
  await setJobStatus(world, metadata.name, {
    startTime: at,
    completionTime: at,
    succeeded: 1,
    conditions: [condition("SuccessCriteriaMet"), condition("Complete")],
  });
}

/** Merges into a Job's metadata. */
export async function labelJob(
  world: RemediationWorld,
  { metadata }: JobObject,
  labels: Readonly<Record<string, string>>,
  annotations: Readonly<Record<string, string>> = {},
): Promise<void> {
  await world.admin.request({
    method: "PATCH",
    path: `${JOBS}/${metadata.name}`,
    contentType: "application/merge-patch+json",
    body: { metadata: { labels, annotations } },
  });
}

/** Changes the CronJob's template, so that its next runs differ. */
export async function editTemplate(
  world: RemediationWorld,
  { metadata }: JobObject,
): Promise<void> {
  await world.admin.request({
    method: "PATCH",
    path: `${CRON_JOBS}/${metadata.name}`,
    contentType: "application/merge-patch+json",
    body: { spec: { jobTemplate: { spec: { backoffLimit: 5 } } } },
  });
}

/** Deletes it at once, because no controller exists to remove finalizers. */
export async function deleteJob(world: RemediationWorld, { metadata }: JobObject): Promise<void> {
  const path = `${JOBS}/${metadata.name}`;
  const query = { propagationPolicy: "Background" };
  await world.admin.request({ method: "DELETE", path, query });
}

async function setJobStatus(
  world: RemediationWorld,
  name: string,
  status: Json,
): Promise<JobObject> {
  return world.admin.request({
    method: "PATCH",
    path: `${JOBS}/${name}/status`,
    contentType: "application/merge-patch+json",
    body: { status },
  });
}
