import type { RemediationRecord } from "../../../events/remediation.ts";
import type { RemediationRequest } from "../../../events/request.ts";
import type { WakeupMessage } from "../../../events/wakeup.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import {
  findForeignCluster,
  type ClusterUid,
} from "../../../adapters/kubernetes/api/cluster-uid.ts";
import type { Discovery } from "../../../adapters/kubernetes/api/discovery.ts";
import type { ExecutorDeps } from "../../../adapters/kubernetes/remediation/executor.ts";
import type { RecordStore } from "../../../adapters/kubernetes/remediation/records.ts";
import type { ChangedPart } from "../../../core/records/claim.ts";
import { toRecordSpec } from "../../../core/records/record-spec.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import { advance } from "./advance.ts";
import type { Lost } from "./held-record.ts";

export type RemediateDeps = {
  readonly client: KubernetesClient;
  readonly records: RecordStore;
  readonly discovery: Discovery;
  readonly pipeline: Pipeline;
  readonly clusterUid: ClusterUid;
  readonly sendAlert: ExecutorDeps["sendAlert"];
  /** ms since the epoch. */
  readonly now: () => number;
};

/** One delivery of a message to one executor. */
export type Run = {
  /** Names this run, and no other. */
  readonly holder: string;
  /** When the function is stopped, ms since the epoch. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
  /** The message was delivered before: what came after the record's end may not have been done. */
  readonly isRepeated?: boolean | undefined;
  /** It tells of a change that the record may wait for. */
  readonly changed?: ChangedPart | undefined;
};

export type RemediationResult =
  /** This run brought the record to its end. */
  | { readonly outcome: "ended"; readonly record: RemediationRecord }
  /** It had ended before, or is there no more: the message came again. */
  | { readonly outcome: "over"; readonly record?: RemediationRecord }
  /** Nothing is to be done before `until` (RFC 3339 ms): it waits, or another executor's claim ends then. */
  | { readonly outcome: "waiting"; readonly record: RemediationRecord; readonly until: string }
  | { readonly outcome: "parked"; readonly phase: string }
  | Lost
  /** The message is about a cluster that this function does not reach. */
  | { readonly outcome: "misdirected"; readonly message: string };

/**
 * Carries a request out, once: its record is made if it is not there, and taken as far as it goes (`advance.ts`).
 * Throws where trying again may help, or where the record cannot be made.
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

/** Goes on with a record that waited. One that is gone, or another one of its name, is left alone. */
export async function resume(
  { data }: WakeupMessage,
  deps: RemediateDeps,
  run: Run,
): Promise<RemediationResult> {
  const misdirected = await findMisdirection(data.cluster, deps, run.signal);
  if (misdirected !== undefined) return misdirected;
  const record = await deps.records.read(data.record.name, run.signal);
  if (record?.metadata.uid !== data.record.uid) return { outcome: "over" };
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
