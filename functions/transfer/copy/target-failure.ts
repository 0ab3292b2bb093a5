import { CONNECTION_CODES } from "../../../adapters/kubernetes/clusters/connection-codes.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { isKubemendError, type ErrorCode, type KubemendError } from "../../../core/errors.ts";

/** A failure of the target cluster that may pass. Those of the source are thrown as they are. */
export class TargetFailure extends Error {
  override readonly cause: KubemendError;
  /** Whether the request was a write. */
  readonly isWrite: boolean;

  constructor(cause: KubemendError, { isWrite = false }: { readonly isWrite?: boolean } = {}) {
    super(cause.message, { cause });
    this.name = "TargetFailure";
    this.cause = cause;
    this.isWrite = isWrite;
  }
}

/** Every request to the target fails alike; one that reaches another cluster is as bad as one that reaches none. */
const OF_THE_CONNECTION: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  ...CONNECTION_CODES,
  "ForeignCluster",
]);

/** The result of a request to the target. What may pass, and what is no fault of the object, is thrown as a TargetFailure. */
export async function fromTarget<T>(
  work: Promise<T>,
  of: { readonly isWrite?: boolean } = {},
): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (isKubemendError(error) && (error.retryable || OF_THE_CONNECTION.has(error.code))) {
      throw new TargetFailure(error, of);
    }
    throw error;
  }
}

/** Asks the target a question about something that every cluster has; throws a TargetFailure if it does not answer. */
export async function probeTarget(
  client: KubernetesClient,
  limits: { readonly signal: AbortSignal; readonly timeoutMs?: number },
): Promise<void> {
  const path = "/api/v1/namespaces/kube-system";
  await fromTarget(client.request({ method: "GET", path, ...limits }));
}

/** Whether a failure says by itself that the target is away. For the others, another request decides. */
export function isOfConnection({ cause }: TargetFailure): boolean {
  return OF_THE_CONNECTION.has(cause.code);
}
