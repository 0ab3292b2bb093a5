import type { ErrorCode } from "../../../core/errors.ts";

/** Errors of a connection and its credentials: every request to the cluster fails alike, whatever it is about. */
export const CONNECTION_CODES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "Unreachable",
  "Unauthorized",
  "CredentialNotFound",
  "CredentialDenied",
  "CredentialThrottled",
  "CredentialUnreachable",
  "InvalidConfiguration",
]);
