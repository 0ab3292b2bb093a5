import type { KubernetesObject } from "../../../events/change.ts";
import { CRON_JOB, RERUN_RULE, toBackupJob } from "./backup-objects.ts";
import { createRequestWorld, type RequestWorld } from "./request-world.ts";

type Json = Readonly<Record<string, unknown>>;

/** The backup Job whose condition Failed has this status, since then. */
export function toFailedJob(
  status: string,
  metadata: Json = {},
  since = "2026-03-01T09:59:00Z",
): KubernetesObject {
  const labels = { team: "data" };
  const conditions = [{ type: "Failed", status, lastTransitionTime: since }];
  return toBackupJob({ metadata: { labels, ...metadata }, status: { conditions } });
}

/** A world with the backup's CronJob and Job, or without the Job. */
export function toBackupWorld(
  rule: Json = {},
  job: KubernetesObject | null = toFailedJob("True"),
): RequestWorld {
  const world = createRequestWorld({ ...RERUN_RULE, ...rule }, job ?? toFailedJob("True"));
  world.put("cronjobs", CRON_JOB);
  if (job !== null) world.put("jobs", job);
  return world;
}

/** Phase and reason of each record. */
export const phases = (world: RequestWorld): readonly unknown[] =>
  [...world.records.values()].map(({ status }) => [status?.phase, status?.reason]);
/** The requests that created something. */
export const created = ({ requests }: RequestWorld): readonly string[] =>
  requests.filter((line) => line.startsWith("POST"));
