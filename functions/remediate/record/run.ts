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
  /** A unique name of this run. */
  readonly holder: string;
  /** When the function stops, ms since the epoch. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
  /** The message was delivered before: what follows the record's end may not have been done. */
  readonly isRepeated?: boolean | undefined;
  /** Set if the message reports a change that the record may wait for. */
  readonly changed?: ChangedPart | undefined;
};

export type RemediationResult =
  /** This run ended the record. */
  | { readonly outcome: "ended"; readonly record: RemediationRecord }
  /** The record had ended before, or no longer exists: the message was delivered again. */
  | { readonly outcome: "over"; readonly record?: RemediationRecord }
  /** Nothing can be done before `until` (RFC 3339 ms): the record waits, or another executor's claim ends then. */
  | { readonly outcome: "waiting"; readonly record: RemediationRecord; readonly until: string }
  | Lost
  /** The message is about a different cluster than the one that this function connects to. */
  | { readonly outcome: "misdirected"; readonly message: string };

/** The time of a run, RFC 3339 ms. */
export function toTime({ now }: Pick<RemediateDeps, "now">): string {
  return new Date(now()).toISOString();
}
