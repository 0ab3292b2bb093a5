import {
  describeError,
  isKubemendError,
  KubemendError,
  type ErrorCode,
} from "../../core/errors.ts";

type CredentialCode = Extract<ErrorCode, `Credential${string}`>;

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/CommonErrors.html, and those of the three operations. */
const CODES: ReadonlyMap<string, CredentialCode> = new Map(
  Object.entries({
    CredentialNotFound: [
      "ParameterNotFound",
      "ParameterVersionNotFound",
      "ResourceNotFoundException",
      // For a secret that is marked for deletion.
      "InvalidRequestException",
    ],
    CredentialDenied: [
      "AccessDenied",
      "AccessDeniedException",
      "CredentialsProviderError",
      "DecryptionFailure",
      "ExpiredToken",
      "ExpiredTokenException",
      "IncompleteSignature",
      "InvalidClientTokenId",
      "InvalidKeyId",
      "InvalidSignatureException",
      "KMSAccessDeniedException",
      "MissingAuthenticationToken",
      "NotAuthorized",
      "RegionDisabledException",
      "SignatureDoesNotMatch",
      "TokenProviderError",
      "UnrecognizedClientException",
    ],
    CredentialThrottled: [
      "RequestLimitExceeded",
      "SlowDown",
      "Throttling",
      "ThrottlingException",
      "TooManyRequestsException",
    ],
  } satisfies Partial<Record<CredentialCode, readonly string[]>>).flatMap(([code, names]) =>
    names.map((name) => [name, code as CredentialCode] as const),
  ),
);

/** One call to AWS, as its error messages describe it. */
export type AwsCall = {
  /** What is read or assumed: `secret kubemend-prod/normalize`. */
  readonly about: string;
  /** The permission that is needed: `secretsmanager:GetSecretValue`. */
  readonly right: string;
  /** The SDK's variable for another address: `AWS_ENDPOINT_URL_SSM`. */
  readonly endpointVariable: string;
};

/**
 * Converts whatever the SDK threw into a KubemendError. All of these are temporary, including those that only an operator can
 * fix: no message is at fault, and the next attempt reads again. The SDK's error is not kept as `cause`: it contains the request.
 */
export function toCredentialError(error: unknown, call: AwsCall): KubemendError {
  if (isKubemendError(error)) return error;
  const name = error instanceof Error ? error.name : "Error";
  const code = CODES.get(name) ?? "CredentialUnreachable";
  const detail = name === "Error" ? describeError(error) : `${name}: ${describeError(error)}`;
  const message = `${call.about}: ${detail} (${toHint(code, call)})`;
  return new KubemendError(code, message, { retryable: true });
}

function toHint(code: CredentialCode, { right, endpointVariable }: AwsCall): string {
  switch (code) {
    case "CredentialNotFound":
      return "check its name, region and account";
    case "CredentialDenied":
      return `give the function's role ${right}, and kms:Decrypt if your own key encrypts it`;
    case "CredentialThrottled":
      return "it will be read again later";
    case "CredentialUnreachable":
      return `check the network and its route to AWS, AWS_REGION and ${endpointVariable}`;
  }
}
