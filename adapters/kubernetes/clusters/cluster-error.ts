import { isKubemendError, KubemendError } from "../../../core/errors.ts";
import { CONNECTION_CODES } from "./connection-codes.ts";

/** The error with the name of the cluster in which it happened. One of the connection is temporary: somebody can change that. */
export function toClusterError(error: unknown, cluster: string): unknown {
  if (!isKubemendError(error)) return error;
  const { code, message, brief, retryAfterMs, status, fields, missing, continueToken } = error;
  return new KubemendError(code, nameCluster(message, cluster), {
    retryable: error.retryable || CONNECTION_CODES.has(code),
    cause: error,
    retryAfterMs,
    status,
    brief: brief === undefined ? undefined : nameCluster(brief, cluster),
    fields,
    missing,
    continueToken,
  });
}

/** The sentence with the name of the cluster that it is about. */
export function nameCluster(message: string, cluster: string): string {
  return message.includes(`cluster ${cluster}`) ? message : `in cluster ${cluster}: ${message}`;
}
