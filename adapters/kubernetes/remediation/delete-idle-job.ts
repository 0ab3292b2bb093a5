import { isKubemendError } from "../../../core/errors.ts";
import { isRunningJob } from "../../../core/operations/job-end.ts";
import { describeAddress } from "../../../core/operations/describe-operation.ts";
import type { DeleteOperation, OperationOutcome } from "../../../core/operations/operation.ts";
import { getObject } from "../api/objects.ts";
import type { KubernetesClient } from "../http/client.ts";
import { toDone, toTemporary } from "./operation-results.ts";

/** A controller that writes to the Job all the time is given way to; the next attempt is a saved wait. */
const ATTEMPTS_MAX = 4;

/**
 * Deletes a Job in the state in which it was read, so that one which was resumed since the plan was made is not stopped. `send` deletes it
 * if it still has this resourceVersion.
 */
export async function deleteIdleJob(
  client: KubernetesClient,
  { target, uid }: DeleteOperation,
  send: (resourceVersion: unknown) => Promise<unknown>,
  signal: AbortSignal | undefined,
): Promise<OperationOutcome> {
  for (let attempt = 1; ; attempt += 1) {
    const live = await getObject(client, target, signal);
    const isLeaving = live?.metadata["deletionTimestamp"] !== undefined;
    if (live?.metadata.uid !== uid || isLeaving) return toDone(target, uid);
    if (isRunningJob(live)) {
      const message = `${describeAddress(target)} has begun to run since the plan was made; it was not deleted`;
      return { outcome: "failed", code: "JobRunning", message };
    }
    try {
      await send(live.metadata["resourceVersion"]);
      return toDone(target, uid);
    } catch (error) {
      if (isKubemendError(error, "NotFound")) return toDone(target, uid);
      const isStale =
        isKubemendError(error, "Conflict") || isKubemendError(error, "PreconditionFailed");
      if (!isStale) throw error;
      if (attempt >= ATTEMPTS_MAX) throw toTemporary(error);
    }
  }
}
