import {
  describeError,
  isKubemendError,
  KubemendError,
  type ErrorCode,
} from "../../core/errors.ts";

/** Error names of the SDK and of the service, in both of its protocols: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html */
const CODES: ReadonlyMap<string, ErrorCode> = new Map(
  Object.entries({
    QueueNotFound: [
      "QueueDoesNotExist",
      "AWS.SimpleQueueService.NonExistentQueue",
      "QueueDeletedRecently",
      "InvalidAddress",
    ],
    QueueAccessDenied: [
      "AccessDenied",
      "AccessDeniedException",
      "AuthFailure",
      "CredentialsProviderError",
      "ExpiredToken",
      "ExpiredTokenException",
      "IncompleteSignature",
      "InvalidAccessKeyId",
      "InvalidClientTokenId",
      "InvalidSecurity",
      "KmsAccessDenied",
      "KMS.AccessDeniedException",
      "MissingAuthenticationToken",
      "NotAuthorized",
      "OptInRequired",
      "SignatureDoesNotMatch",
      "TokenProviderError",
      "UnrecognizedClientException",
    ],
    QueueThrottled: [
      "KmsThrottled",
      "KMS.ThrottlingException",
      "OverLimit",
      "RequestThrottled",
      "ServiceUnavailable",
      "SlowDown",
      "Throttling",
      "ThrottlingException",
      "TooManyRequestsException",
    ],
    MessageRefused: [
      "BatchRequestTooLong",
      "InvalidAttributeValue",
      "InvalidMessageContents",
      "InvalidParameterValue",
      "MissingParameter",
    ],
  } satisfies Partial<Record<ErrorCode, readonly string[]>>).flatMap(([code, names]) =>
    names.map((name) => [name, code as ErrorCode] as const),
  ),
);

const ADVICE: Partial<Record<ErrorCode, string>> = {
  QueueNotFound: "check the URL, the region and the account",
  QueueAccessDenied:
    "check the AWS credentials and their permissions (sqs:SendMessage, sqs:GetQueueAttributes)",
  QueueThrottled: "it will be sent again later",
  QueueUnreachable: "check the network, AWS_REGION and AWS_ENDPOINT_URL_SQS",
};

/**
 * Converts whatever the SDK threw into a KubemendError. `retryable` is false only if the message itself or the configuration is at
 * fault: a queue that does not exist, denies access or is not reachable is for an operator to fix, and does not end a message.
 */
export function toQueueError(error: unknown, queueUrl: string): KubemendError {
  if (isKubemendError(error)) return error;
  const name = error instanceof Error ? error.name : "Error";
  const text = describeError(error);
  if (text.includes("Region is missing")) {
    return new KubemendError(
      "InvalidConfiguration",
      "no AWS region: set AWS_REGION to the region of the queue",
      { retryable: false, cause: error },
    );
  }
  return toRefusal(CODES.get(name) ?? "QueueUnreachable", toDetail(name, error), queueUrl, error);
}

/** The same for one failed entry of a batch, which has a code instead of an exception. */
export function toEntryError(
  entry: { readonly code: string; readonly message: string; readonly senderFault: boolean },
  queueUrl: string,
): KubemendError {
  const unknown = entry.senderFault ? "MessageRefused" : "QueueUnreachable";
  const code = CODES.get(entry.code) ?? unknown;
  const detail = entry.message === "" ? entry.code : `${entry.code}: ${entry.message}`;
  return toRefusal(code, detail, queueUrl);
}

function toRefusal(
  code: ErrorCode,
  detail: string,
  queueUrl: string,
  cause?: unknown,
): KubemendError {
  const advice = ADVICE[code];
  return new KubemendError(
    code,
    `queue ${queueUrl}: ${detail}${advice === undefined ? "" : ` (${advice})`}`,
    { retryable: code !== "MessageRefused", cause },
  );
}

/** The most specific name, and the message: a refused connection has an empty message, but a code. */
function toDetail(name: string, error: unknown): string {
  if (!(error instanceof Error)) return describeError(error);
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  const label = [code, name].find((part) => part !== "" && part !== "Error") ?? "";
  // For an answer that was cut, the SDK adds lines and sentences about its own objects.
  const [message = ""] = error.message.split(/\n| to see the raw response/u);
  if (label === "" || message.includes(label)) return message === "" ? error.name : message;
  return message === "" ? label : `${label}: ${message}`;
}
