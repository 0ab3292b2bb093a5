import { isKubemendError } from "../../../core/errors.ts";

/**
 * Whether trying again may help. Credentials that are refused or cannot be read are an operator's matter and say nothing about
 * the remediation; what is not known is temporary, and the queue's receive limit ends it.
 */
export function isTemporary(error: unknown): boolean {
  if (!isKubemendError(error)) return true;
  return error.retryable || error.code === "Unauthorized" || error.code === "InvalidConfiguration";
}
