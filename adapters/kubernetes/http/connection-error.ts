import { describeError, KubemendError } from "../../../core/errors.ts";

/** Node's error codes of a TLS handshake that will fail again with the same kubeconfig. */
const CERTIFICATE_CODES = new Set([
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "ERR_TLS_CERT_ALTNAME_INVALID",
]);

/**
 * Converts a failure without an answer into a KubemendError: `Unreachable`, temporary unless the server's certificate does not
 * match the kubeconfig. A KubemendError is returned unchanged.
 */
export function toConnectionError(error: unknown, about: string, server: string): KubemendError {
  if (error instanceof KubemendError) return error;
  const code = readCode(error);
  if (code !== undefined && CERTIFICATE_CODES.has(code)) {
    return new KubemendError(
      "Unreachable",
      `${about}: the certificate of ${server} is not trusted (${code}): check certificate-authority and tls-server-name of the kubeconfig`,
      { retryable: false, cause: error },
    );
  }
  return new KubemendError(
    "Unreachable",
    `${about}: no answer from ${server} (${code ?? describeError(error)}): check that it runs, and the server, proxy and certificates that the kubeconfig names`,
    { retryable: true, cause: error },
  );
}

function readCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
