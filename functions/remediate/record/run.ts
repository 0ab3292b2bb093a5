import type { RemediationRecord } from "../../../events/remediation.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import type { ClusterUid } from "../../../adapters/kubernetes/api/cluster-uid.ts";
import type { Discovery } from "../../../adapters/kubernetes/api/discovery.ts";
import type { ExecutorDeps } from "../../../adapters/kubernetes/remediation/executor.ts";
import type { RecordStore } from "../../../adapters/kubernetes/remediation/records.ts";
import type { ChangedPart } from "../../../core/records/claim.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
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
