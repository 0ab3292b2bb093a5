import type { OpenCluster, OpenClusters } from "../../adapters/clusters/open-clusters.ts";
import { fromTarget, probeTarget, TargetFailure } from "./copy/target-failure.ts";

type AskDeps = { readonly open: OpenClusters };

/** A target that does not answer a question of this kind for so long is away. */
const PROBE_MS = 2_000;

export function openTarget(
  { open }: AskDeps,
  name: string,
  signal: AbortSignal,
): Promise<OpenCluster> {
  return fromTarget(open(name, signal));
}

/** Throws a TargetFailure if the target does not answer a question about something that every cluster has. */
export async function askTarget(deps: AskDeps, name: string, signal: AbortSignal): Promise<void> {
  const { client } = await openTarget(deps, name, signal);
  await probeTarget(client, { timeoutMs: PROBE_MS, signal });
}

/** Whether the target does not answer a question about something that every cluster has: then it is not about the object. */
export async function isUnreachable(
  deps: AskDeps,
  name: string,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await askTarget(deps, name, signal);
    return false;
  } catch (error) {
    return error instanceof TargetFailure;
  }
}
