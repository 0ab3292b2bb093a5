/**
 * Every failure that Kubemend distinguishes. Errors of SDKs and of the API server are converted to one of these codes once,
 * in adapters. A code names what the reader can act on, not the place that threw it.
 */
export type ErrorCode =
  // Kubernetes, by status and cause
  | "Unreachable"
  | "Unauthorized"
  | "Forbidden"
  | "AdmissionDenied"
  | "QuotaExceeded"
  | "NotFound"
  | "AlreadyExists"
  | "Conflict"
  | "PreconditionFailed"
  | "Immutable"
  | "UnknownField"
  | "Invalid"
  | "Expired"
  | "TooManyRequests"
  | "Timeout"
  | "NotAcceptable"
  | "Unavailable"
  // SQS
  | "QueueNotFound"
  | "QueueNotFifo"
  | "QueueAccessDenied"
  | "QueueUnreachable"
  | "QueueThrottled"
  | "MessageRefused"
  // Secrets Manager, Systems Manager and STS, which supply the credentials for a cluster
  | "CredentialNotFound"
  | "CredentialDenied"
  | "CredentialThrottled"
  | "CredentialUnreachable"
  // Receivers of alerts
  | "ReceiverUnreachable"
  | "ReceiverThrottled"
  | "ReceiverUnavailable"
  | "ReceiverRefused"
  // Kubemend
  | "InvalidConfiguration"
  | "InvalidPipeline"
  | "UnknownCluster"
  | "ForeignCluster"
  | "MalformedMessage"
  | "NewerContract"
  | "RuleError"
  | "Refused"
  | "StateFolder"
  | "LeaseLost"
  | "Internal";

export interface KubemendErrorOptions {
  /** Temporary: a retry may succeed. An unknown failure counts as temporary; the queue's receive limit ends the retries. */
  readonly retryable: boolean;
  readonly cause?: unknown;
  /** How long the server asked us to wait, if it did. */
  readonly retryAfterMs?: number | undefined;
  /** HTTP status, if there was one. */
  readonly status?: number | undefined;
  /** The message without the server's own text, which may quote what was sent to it. */
  readonly brief?: string | undefined;
  /** The fields that the object does not have, if that is why it was refused. */
  readonly fields?: readonly string[] | undefined;
  /** The name of the object that does not exist, if the server's answer says it. */
  readonly missing?: string | undefined;
  /** Of an expired list: the token of the same place in a list of the present state, if the server gives one. */
  readonly continueToken?: string | undefined;
}

/** The one error class. `message` says what happened, to which object, and what to do; users see it without a stack trace. */
export class KubemendError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly status: number | undefined;
  readonly brief: string | undefined;
  readonly fields: readonly string[];
  readonly missing: string | undefined;
  readonly continueToken: string | undefined;

  constructor(code: ErrorCode, message: string, options: KubemendErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "KubemendError";
    this.code = code;
    this.retryable = options.retryable;
    this.retryAfterMs = options.retryAfterMs;
    this.status = options.status;
    this.brief = options.brief;
    this.fields = options.fields ?? [];
    this.missing = options.missing;
    this.continueToken = options.continueToken;
  }
}

export function isKubemendError(error: unknown, code?: ErrorCode): error is KubemendError {
  return error instanceof KubemendError && (code === undefined || error.code === code);
}

/** The result of some work, or undefined if it fails with this code. */
export async function orNothing<T>(
  code: ErrorCode,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (isKubemendError(error, code)) return undefined;
    throw error;
  }
}

/** One line for people, for any thrown value. */
export function describeError(error: unknown): string {
  if (error instanceof Error) return error.message === "" ? error.name : error.message;
  return String(error);
}
