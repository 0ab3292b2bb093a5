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
      // Of a secret that is marked for deletion.
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

/** One call to AWS, as its errors tell of it. */
export type AwsCall = {
  /** What is read or assumed: `secret kubemend-prod/normalize`. */
  readonly about: string;
  /** The right that is needed: `secretsmanager:GetSecretValue`. */
  readonly right: string;
  /** The SDK's variable for another address: `AWS_ENDPOINT_URL_SSM`. */
  readonly endpointVariable: string;
};

/**
 * Turns whatever the SDK threw into the one error class. All of it is temporary, also what only an operator can mend: no message
 * is at fault for it, and the next try reads anew. The SDK's error is no `cause`: it holds the request.
 */
export function toCredentialError(error: unknown, call: AwsCall): KubemendError {
  if (isKubemendError(error)) return error;
  const name = error instanceof Error ? error.name : "Error";
  const code = CODES.get(name) ?? "CredentialUnreachable";
  const told = name === "Error" ? describeError(error) : `${name}: ${describeError(error)}`;
  const message = `${call.about}: ${told} (${toWayOut(code, call)})`;
  return new KubemendError(code, message, { retryable: true });
}

function toWayOut(code: CredentialCode, { right, endpointVariable }: AwsCall): string {
  switch (code) {
    case "CredentialNotFound":
      return "check its name, region and account";
    case "CredentialDenied":
      return `give the function's role ${right}, and kms:Decrypt where a key of your own encrypts it`;
    case "CredentialThrottled":
      return "it is read again later";
    case "CredentialUnreachable":
      return `check the network and its way to AWS, AWS_REGION and ${endpointVariable}`;
  }
}
