import type { KubernetesObject } from "../../../events/change.ts";
import type { AwaitGoneOperation } from "../../../core/operations/operation.ts";
import type { ObjectAddress, OperationOutcome } from "../../../core/operations/operation.ts";
import { readField, readList } from "../../../core/json/read-json.ts";
import { describeAddress } from "../../../core/operations/describe-operation.ts";
import { formatDuration } from "../../../core/text/duration.ts";
import { getObject, listObjects } from "../api/objects.ts";
import type { KubernetesClient } from "../http/client.ts";
import { isDryRun, type ExecutionContext } from "./execution-context.ts";

/** It looks again after as long as it has waited, within these bounds: Pods that have ended go at once, others after their grace period. */
const LOOK_AGAIN_MIN_MS = 2_000;
const LOOK_AGAIN_MAX_MS = 15_000;
const NAMES_SHOWN = 3;
/** Set by the API server in the template of each Job whose selector it generates. */
const CONTROLLER_UID = "batch.kubernetes.io/controller-uid";
/** Beside it: a Pod may state the uid of a Job of another name, whose own Pods are not meant. */
const JOB_NAME = "batch.kubernetes.io/job-name";

/** Waits until the Job and its Pods are gone. Failed with StillThere, and what holds them, if that takes too long. */
export async function executeAwaitGone(
  { client }: { readonly client: KubernetesClient },
  operation: AwaitGoneOperation,
  context: ExecutionContext,
  signal: AbortSignal | undefined,
): Promise<OperationOutcome> {
  // Nothing was deleted.
  if (isDryRun(context)) return { outcome: "done" };
  const rest = await findRemains(client, operation, signal);
  if (rest === undefined) return { outcome: "done" };
  const nowMs = Date.parse(context.now);
  const startedMs = Date.parse(context.step?.startedAt ?? context.now);
  const endMs = startedMs + operation.withinMs;
  if (nowMs >= endMs) {
    const message = `${rest} after ${formatDuration(operation.withinMs)}; nothing was created in its place`;
    return { outcome: "failed", code: "StillThere", message };
  }
  const pauseMs = Math.max(LOOK_AGAIN_MIN_MS, Math.min(nowMs - startedMs, LOOK_AGAIN_MAX_MS));
  const until = new Date(Math.min(nowMs + pauseMs, endMs)).toISOString();
  return { outcome: "wait", until, reason: "Terminating", message: rest };
}

/** The remains of a deleted Job, as a sentence; undefined if there are none. */
export async function findRemains(
  client: KubernetesClient,
  { target, uid }: { readonly target: ObjectAddress; readonly uid: string },
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const live = await getObject(client, target, signal);
  if (live?.metadata.uid === uid) return `${describeAddress(target)} still exists${toHold(live)}`;
  const pods = await listPodsOf(client, target, uid, signal);
  const [first] = pods;
  if (first === undefined) return undefined;
  const names = pods.slice(0, NAMES_SHOWN).map(({ metadata }) => metadata.name);
  const more = pods.length > names.length ? ` and ${pods.length - names.length} more` : "";
  return `Pods of the deleted ${describeAddress(target)} still exist: ${names.join(", ")}${more}${toHold(first)}`;
}

async function listPodsOf(
  client: KubernetesClient,
  { namespace, name }: ObjectAddress,
  uid: string,
  signal: AbortSignal | undefined,
): Promise<readonly KubernetesObject[]> {
  const pods = { group: "", version: "v1", resource: "pods", kind: "Pod", namespace };
  const fields = [["metadata", "finalizers"]];
  const query = { labelSelector: `${CONTROLLER_UID}=${uid},${JOB_NAME}=${name}`, fields };
  return listObjects(client, pods, query, signal);
}

function toHold(object: KubernetesObject): string {
  const finalizers = readList(readField(object, "metadata", "finalizers"));
  return finalizers.length === 0 ? "" : `, with the finalizers ${finalizers.join(", ")}`;
}
