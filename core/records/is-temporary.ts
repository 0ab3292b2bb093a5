import { isKubemendError, type ErrorCode } from "../errors.ts";

/**
 * For an operator to fix, at any time: credentials that are refused or cannot be read, and a permission that is missing. They say
 * nothing about the remediation.
 */
const FIXABLE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "Unauthorized",
  "InvalidConfiguration",
  "Forbidden",
]);

/** Whether what failed may become possible. Unknown failures count as temporary: a saved wait ends them after the rule's `giveUpAfter`. */
export function isTemporary(error: unknown): boolean {
  return !isKubemendError(error) || error.retryable || FIXABLE.has(error.code);
}
