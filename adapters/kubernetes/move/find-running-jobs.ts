import type { ResourceType } from "../../../events/change.ts";
import { forEachConcurrently } from "../../../core/for-each-concurrently.ts";
import { hasEnded, type RunningJob } from "../../../core/move/blocks.ts";
import { readOwners } from "../../../core/mirror/owners.ts";
import { readObjects } from "../api/objects.ts";
import type { KubernetesClient } from "../http/client.ts";
import { MOST_LISTS } from "./list-set-objects.ts";

const JOBS: ResourceType = {
  group: "batch",
  version: "v1",
  resource: "jobs",
  kind: "Job",
  namespaced: true,
};

/**
 * The Jobs of these CronJobs that have not ended, with one list for each namespace. The status of a CronJob does not say it: it lacks those
 * that were created from it by hand, and the newest ones.
 */
export async function findRunningJobs(
  client: KubernetesClient,
  cronJobs: readonly { readonly uid: string; readonly namespace?: string | null | undefined }[],
  signal: AbortSignal,
): Promise<readonly RunningJob[]> {
  const uids = new Set(cronJobs.map(({ uid }) => uid));
  const namespaces = new Set(cronJobs.flatMap(({ namespace }) => namespace ?? []));
  const found: RunningJob[] = [];
  await forEachConcurrently([...namespaces], MOST_LISTS, async (namespace) => {
    for await (const job of readObjects(client, { ...JOBS, namespace }, signal)) {
      const owner = readOwners(job).find(({ uid }) => uids.has(uid));
      if (owner === undefined || hasEnded(job)) continue;
      const object = `CronJob ${namespace}/${owner.name}`;
      found.push({ object, job: `Job ${namespace}/${job.metadata.name}` });
    }
  });
  return found.toSorted((one, other) => (one.job < other.job ? -1 : 1));
}
