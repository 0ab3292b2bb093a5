import type { KubernetesObject } from "../../../events/change.ts";
import {
  findJobDifferences,
  isAppliedFrom,
  type JobDifference,
} from "../../../core/operations/job-comparison.ts";
import type { JobManifest } from "../../../core/operations/job-manifest.ts";
import type { ObjectAddress } from "../../../core/operations/operation.ts";
import { toProbeName } from "../../../core/operations/probe-name.ts";
import type { KubernetesClient } from "../http/client.ts";
import { postObject } from "./execute-manifest.ts";

/**
 * How a live Job differs from what the API server would make of a manifest now, defaults and webhooks included. It is asked by creating
 * the Job under a throw-away name with `dryRun=All`, which stores nothing. A Job that was applied from the same manifest is not asked
 * about, and one that is equal is asked about once: the second answer shows which fields depend on the name or on chance.
 *
 * Throws what the API server refuses the manifest with: such a Job could not be created.
 */
export async function compareJob(
  client: KubernetesClient,
  {
    live,
    target,
    manifest,
  }: {
    readonly live: KubernetesObject;
    readonly target: ObjectAddress;
    readonly manifest: JobManifest;
  },
  signal: AbortSignal | undefined,
): Promise<readonly JobDifference[]> {
  if (isAppliedFrom(live, manifest)) return [];
  const probe = await probeJob(client, target, manifest, "first", signal);
  if (findJobDifferences(live, probe).length === 0) return [];
  const again = await probeJob(client, target, manifest, "second", signal);
  return findJobDifferences(live, probe, again);
}

async function probeJob(
  client: KubernetesClient,
  target: ObjectAddress,
  { labels, annotations, spec }: JobManifest,
  salt: string,
  signal: AbortSignal | undefined,
): Promise<KubernetesObject> {
  const probe = { ...target, name: toProbeName(target.name, salt) };
  const manifest = { target: probe, metadata: { labels, annotations }, spec };
  return postObject(client, manifest, true, signal);
}
