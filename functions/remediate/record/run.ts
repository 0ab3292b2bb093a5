import type { RemediationRecord } from "../../../events/remediation.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import type { ClusterUid } from "../../../adapters/kubernetes/api/cluster-uid.ts";
import type { Discovery } from "../../../adapters/kubernetes/api/discovery.ts";
import type { ReadObject } from "../../../adapters/kubernetes/remediation/batch-reads.ts";
import {
  createExecutor,
  type Executor,
  type ExecutorDeps,
} from "../../../adapters/kubernetes/remediation/executor.ts";
import type { MayAlertUnverified } from "../../../adapters/lambda/unverified-alerts.ts";
import type { RecordStore } from "../../../adapters/kubernetes/remediation/records.ts";
import type { ChangedPart } from "../../../core/records/claim.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import type { GuardDesk } from "../guards/desk.ts";
import type { Lost } from "./held-record.ts";

export type RemediateDeps = {
  readonly client: KubernetesClient;
  readonly records: RecordStore;
  readonly discovery: Discovery;
  readonly pipeline: Pipeline;
  readonly clusterUid: ClusterUid;
  readonly sendAlert: ExecutorDeps["sendAlert"];
  /** Reads objects that the messages of the batch may share; default: a request for each. */
  readonly readShared?: ReadObject | undefined;
  /** Absent: no namespace has labels or annotations. */
  readonly readNamespace?: ExecutorDeps["readNamespace"];
  /** Makes executors that reach the other clusters of the pipeline. Absent: no rule acts in one. */
  readonly reachOthers?: ((deps: ExecutorDeps) => Executor) | undefined;
  /** ms since the epoch. */
  readonly now: () => number;
  /** That of this message, if it has read something already: nothing is read twice. */
  readonly executor?: Executor | undefined;
  /** Absent: all of them are sent. */
  readonly mayAlertUnverified?: MayAlertUnverified | undefined;
  /** Whether this process may send an alert now that a guard holds remediations back: `of` identifies which. Absent: it never does. */
  readonly mayAlertHeld?: ((of: string) => boolean) | undefined;
  /** Where remediations ask to be started. Absent: all of them may. */
  readonly guards?: GuardDesk | undefined;
  /** Adds one to a metric. */
  readonly count?: ((metric: string) => void) | undefined;
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
  /** The message has a valid signature, so what it says was said by normalize, or by a person who may read the key. */
  readonly isSigned?: boolean | undefined;
  /** Signing keys are configured, and nothing shows that the message is from one who has them. */
  readonly isForeign?: boolean | undefined;
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
  /** It waits, and whoever made it wait has sent the wake-up: one more would be carried along with that until then. */
  | { readonly outcome: "notDue"; readonly record: RemediationRecord; readonly until: string }
  | Lost
  /** The live cluster does not bear the request out, and it has no record: it is acknowledged. */
  | { readonly outcome: "superseded"; readonly message: string }
  /** The cluster cannot show the trigger, and the request proves nothing: its rule's alerts were sent. */
  | { readonly outcome: "alertedOnly"; readonly message: string }
  /** The request is not what its rule asks for: nobody who follows the pipeline has sent it. */
  | { readonly outcome: "forged"; readonly message: string }
  /** The message is about a different cluster than the one that this function connects to. */
  | { readonly outcome: "misdirected"; readonly message: string };

/** The executor of a remediation. What it reads once, it does not read again. */
export function openExecutor(deps: RemediateDeps): Executor {
  return deps.reachOthers === undefined ? createExecutor(deps) : deps.reachOthers(deps);
}

/** The time of a run, or a time after it, RFC 3339 ms. */
export function toTime({ now }: Pick<RemediateDeps, "now">, laterMs = 0): string {
  return new Date(now() + laterMs).toISOString();
}
