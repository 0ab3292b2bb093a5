/**
 * Every failure that Kubemend tells apart. SDK and API server errors become one of these once, in adapters.
 * A code names what the reader can act on, not where it was thrown.
 */
export type ErrorCode =
  // Kubernetes, by status and cause
  | "Unreachable"
  | "Unauthorized"
  | "Forbidden"
  | "NotFound"
  | "AlreadyExists"
  | "Conflict"
  | "PreconditionFailed"
  | "Immutable"
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
  // Secrets Manager, Systems Manager and STS, from which a way into a cluster is had
  | "CredentialNotFound"
  | "CredentialDenied"
  | "CredentialThrottled"
  | "CredentialUnreachable"
  // Kubemend
  | "InvalidConfiguration"
  | "InvalidPipeline"
  | "MalformedMessage"
  | "NewerContract"
  | "RuleError"
  | "Refused"
  | "StateFolder"
  | "LeaseLost"
  | "Internal";

export interface KubemendErrorOptions {
  /** Temporary: trying again may help. Unknown failures are temporary, the queue's receive limit ends them. */
  readonly retryable: boolean;
  readonly cause?: unknown;
  /** The server's own wish, where it gave one. */
  readonly retryAfterMs?: number | undefined;
  /** HTTP status, where there was one. */
  readonly status?: number | undefined;
  /** The message without the other side's own words, which may quote what was sent. */
  readonly brief?: string | undefined;
}

/** The one error class. `message` tells what happened, to which object, and what to do; it is shown to users without a stack. */
export class KubemendError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly status: number | undefined;
  readonly brief: string | undefined;

  constructor(code: ErrorCode, message: string, options: KubemendErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "KubemendError";
    this.code = code;
    this.retryable = options.retryable;
    this.retryAfterMs = options.retryAfterMs;
    this.status = options.status;
    this.brief = options.brief;
  }
}

export function isKubemendError(error: unknown, code?: ErrorCode): error is KubemendError {
  return error instanceof KubemendError && (code === undefined || error.code === code);
}

/** A line for people, whatever was thrown. */
export function describeError(error: unknown): string {
  if (error instanceof Error) return error.message === "" ? error.name : error.message;
  return String(error);
}
