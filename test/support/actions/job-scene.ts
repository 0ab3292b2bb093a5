import type { RemediationRequest } from "../../../events/request.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import type { JobActionCase } from "../functions/job-action-cases.ts";
import { toRequestFor } from "../functions/many-targets.ts";
import {
  JOBS,
  toPipeline,
  type JobObject,
  type Json,
  type RemediationWorld,
} from "../functions/remediation-world.ts";

const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";

/** The pipeline of a case for a Job of this name, and the request that a ConfigMap of this name causes. */
export type JobRun = {
  readonly pipeline: Pipeline;
  readonly request: RemediationRequest;
  readonly name: string;
  readonly oldUid: string | undefined;
};

type Mode = "enforce" | "dryRun";

export function toJobPipeline(
  { action, parameters }: JobActionCase,
  name: string,
  mode: Mode = "enforce",
): Pipeline {
  return toPipeline({
    on: { resource: "configmaps" },
    where: "true",
    once: "object",
    // oxlint-disable-next-line unicorn/no-thenable -- a rule has a key then
    then: [{ [action]: parameters(name) }],
    guards: { mode },
  });
}

export async function createJobRun(
  world: RemediationWorld,
  one: JobActionCase,
  name: string,
  mode: Mode = "enforce",
): Promise<JobRun> {
  const { admin } = world;
  const pipeline = toJobPipeline(one, name, mode);
  const post = (path: string, body: Json): Promise<JobObject> =>
    admin.request<JobObject>({ method: "POST", path, body });
  const old =
    one.before === undefined
      ? undefined
      : await post(JOBS, { metadata: { name, labels: { app: "web" } }, spec: one.before });
  if (old !== undefined && one.status !== undefined) {
    const contentType = "application/merge-patch+json";
    const body = { status: one.status };
    await admin.request({ method: "PATCH", path: `${JOBS}/${name}/status`, body, contentType });
  }
  const made = await post(CONFIG_MAPS, { metadata: { name } });
  const request = toRequestFor(world, "configmaps", made, { pipeline, mode });
  return { pipeline, request, name, oldUid: old?.metadata.uid };
}

/** The Jobs of this name, and those whose names were made of it. */
export async function listJobsNamed(
  world: RemediationWorld,
  name: string,
): Promise<readonly JobObject[]> {
  const { items } = await world.admin.request<{ items: readonly JobObject[] }>({
    method: "GET",
    path: JOBS,
  });
  return items.filter(
    ({ metadata }) => metadata.name === name || metadata.name.startsWith(`${name}-`),
  );
}

/** Without controllers nobody collects what a deletion in the foreground waits for. */
export async function collectGarbage(world: RemediationWorld, name: string): Promise<void> {
  for (const { metadata } of await listJobsNamed(world, name)) {
    if (!("deletionTimestamp" in metadata)) continue;
    await world.admin.request({
      method: "PATCH",
      path: `${JOBS}/${metadata.name}`,
      contentType: "application/merge-patch+json",
      body: { metadata: { finalizers: null } },
    });
  }
}
