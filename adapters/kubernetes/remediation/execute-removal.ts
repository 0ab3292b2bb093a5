import { isKubemendError } from "../../../core/errors.ts";
import { describeAddress } from "../../../core/operations/describe-operation.ts";
import { readJobEnd } from "../../../core/operations/job-end.ts";
import type {
  DeleteOperation,
  EvictOperation,
  ObjectAddress,
  OperationOutcome,
} from "../../../core/operations/operation.ts";
import { getObject } from "../api/objects.ts";
import { toResourcePath } from "../api/path.ts";
import type { KubernetesClient } from "../http/client.ts";
import { deleteIdleJob } from "./delete-idle-job.ts";
import { isDryRun, type DryRunContext, type ExecutionContext } from "./execution-context.ts";
import { toDone, toTemporary } from "./operation-results.ts";

type Deps = { readonly client: KubernetesClient };

/** A PodDisruptionBudget changes when other Pods become ready. */
const EVICT_AGAIN_MS = 10_000;

/** Deletes exactly the object with this uid. The deletion is accepted when this returns; finalizers may keep the object for a while. */
export async function executeDelete(
  { client }: Deps,
  operation: DeleteOperation,
  context: DryRunContext,
  signal: AbortSignal | undefined,
): Promise<OperationOutcome> {
  const { target, uid, propagationPolicy, onlyIfIdle, unlessEnded } = operation;
  const options = toDeleteOptions(operation, context);
  const send = (resourceVersion?: unknown): Promise<unknown> => {
    const preconditions = { uid, resourceVersion };
    const body = { ...options, preconditions, propagationPolicy };
    return client.request({ method: "DELETE", path: toResourcePath(target), body, signal });
  };
  if (onlyIfIdle === true) return deleteIdleJob(client, operation, send, signal);
  let seen: unknown;
  if (unlessEnded === true) {
    const live = await getObject(client, target, signal);
    const end = live?.metadata.uid === uid ? readJobEnd(live) : undefined;
    if (end !== undefined) return { outcome: "done", message: toLeftAlone(target, end.type) };
    // Exactly this state: it may end before the request arrives.
    if (live?.metadata.uid === uid) seen = live.metadata["resourceVersion"];
  }
  try {
    await send(seen);
  } catch (error) {
    if (!(await isGone(client, operation, error, signal))) throw error;
  }
  return toDone(target, uid);
}

function toLeftAlone(target: ObjectAddress, end: "Complete" | "Failed"): string {
  const how = end === "Complete" ? "completed" : "failed";
  return `${describeAddress(target)} has ${how} meanwhile, and was left alone`;
}

/** Evicts exactly the Pod with this uid. Waits, up to its time, while a PodDisruptionBudget does not allow it (429). */
export async function executeEvict(
  { client }: Deps,
  operation: EvictOperation,
  context: ExecutionContext,
  signal: AbortSignal | undefined,
): Promise<OperationOutcome> {
  const { target, uid, withinMs } = operation;
  const { name, namespace } = target;
  const body = {
    apiVersion: "policy/v1",
    kind: "Eviction",
    metadata: { name, namespace },
    deleteOptions: toDeleteOptions(operation, context),
  };
  const path = toResourcePath({ ...target, subresource: "eviction" });
  try {
    await client.request({ method: "POST", path, body, signal });
    return toDone(target, uid);
  } catch (error) {
    if (await isGone(client, operation, error, signal)) return toDone(target, uid);
    if (isOfSeveralBudgets(error)) {
      const message = `${describeAddress(target)} cannot be evicted, because more than one PodDisruptionBudget selects it: let one of them select it`;
      return { outcome: "failed", code: "DisruptionBudget", message };
    }
    if (!isKubemendError(error, "TooManyRequests")) throw error;
    const nowMs = Date.parse(context.now);
    const endMs = Date.parse(context.step?.startedAt ?? context.now) + withinMs;
    const message = `${describeAddress(target)} may not be evicted now: ${error.message}`;
    // A dry run does not wait: what it shows is that it would.
    if (isDryRun(context)) return { ...toDone(target, uid), message };
    if (nowMs >= endMs) return { outcome: "failed", code: "DisruptionBudget", message };
    const untilMs = Math.min(nowMs + Math.max(error.retryAfterMs ?? 0, EVICT_AGAIN_MS), endMs);
    const until = new Date(untilMs).toISOString();
    return { outcome: "wait", until, reason: "DisruptionBudget", message };
  }
}

/**
 * The API server answers 500 to an eviction that two budgets would have to allow. It says nothing about other Pods, and does not pass.
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/registry/core/pod/storage/eviction.go
 */
function isOfSeveralBudgets(error: unknown): boolean {
  return (
    isKubemendError(error, "Unavailable") &&
    error.status === 500 &&
    error.message.includes("more than one PodDisruptionBudget")
  );
}

/** If a delete has a body, the API server ignores its query, so `dryRun` is part of the body. */
function toDeleteOptions(
  { uid, gracePeriodSeconds }: DeleteOperation | EvictOperation,
  context: DryRunContext,
): Readonly<Record<string, unknown>> {
  return {
    apiVersion: "v1",
    kind: "DeleteOptions",
    preconditions: { uid },
    gracePeriodSeconds,
    dryRun: isDryRun(context) ? ["All"] : undefined,
  };
}

/**
 * Whether the request was refused because the object with this uid is gone. Throws `Conflict` (retryable) if it is still there: another
 * writer was quicker, which is not what was asked for.
 */
async function isGone(
  client: KubernetesClient,
  { target, uid }: DeleteOperation | EvictOperation,
  error: unknown,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (isKubemendError(error, "NotFound")) return true;
  if (!isKubemendError(error, "PreconditionFailed") && !isKubemendError(error, "Conflict")) {
    return false;
  }
  const live = await getObject(client, target, signal);
  if (live?.metadata.uid === uid) throw toTemporary(error);
  return true;
}
