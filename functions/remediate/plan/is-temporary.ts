import { isKubemendError } from "../../../core/errors.ts";

/**
 * Whether a retry may help. Credentials that are refused or cannot be read are for an operator to fix and say nothing about the
 * remediation. Unknown failures are temporary: the queue's maxReceiveCount ends them.
 */
export function isTemporary(error: unknown): boolean {
  if (!isKubemendError(error)) return true;
  return error.retryable || error.code === "Unauthorized" || error.code === "InvalidConfiguration";
}
