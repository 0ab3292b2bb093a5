import type { RemediationRequest } from "../../../events/request.ts";
import { ANY_UID, type WakeupMessage } from "../../../events/wakeup.ts";
import { findForeignCluster } from "../../../adapters/kubernetes/api/cluster-uid.ts";
import { toRecordSpec } from "../../../core/records/record-spec.ts";
import { advance } from "./advance.ts";
import type { RemediateDeps, RemediationResult, Run } from "./run.ts";

/**
 * Executes a request, once: creates its record if it does not exist, and advances it as far as possible (`advance.ts`).
 * Throws if a retry may help, or if the record cannot be created.
 */
export async function remediate(
  request: RemediationRequest,
  deps: RemediateDeps,
  run: Run,
): Promise<RemediationResult> {
  const misdirected = await findMisdirection(request.data.cluster, deps, run.signal);
  if (misdirected !== undefined) return misdirected;
  const spec = toRecordSpec(request);
  const record = await deps.records.obtain(request.data.record, spec, run.signal);
  return advance(record, deps, { ...run, changed: "trigger" });
}

/** Continues a record that waited. A record that is gone, or a different one of its name, is left alone. */
export async function resume(
  { data }: WakeupMessage,
  deps: RemediateDeps,
  run: Run,
): Promise<RemediationResult> {
  const misdirected = await findMisdirection(data.cluster, deps, run.signal);
  if (misdirected !== undefined) return misdirected;
  const record = await deps.records.read(data.record.name, run.signal);
  const { uid } = data.record;
  if (record === undefined || (uid !== ANY_UID && record.metadata.uid !== uid)) {
    return { outcome: "over" };
  }
  return advance(record, deps, data.changed === true ? { ...run, changed: "target" } : run);
}

async function findMisdirection(
  cluster: { readonly name: string; readonly uid: string },
  { clusterUid }: RemediateDeps,
  signal: AbortSignal,
): Promise<RemediationResult | undefined> {
  const message = await findForeignCluster(cluster, clusterUid, signal);
  return message === undefined ? undefined : { outcome: "misdirected", message };
}
