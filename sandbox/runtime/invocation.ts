/**
 * How an invocation ended. Errors are values: the function's own exceptions, a timeout and a crash look the same to the event
 * source mapping, as on AWS.
 */
export type InvocationOutcome =
  | { readonly outcome: "ok"; readonly payload: unknown }
  | InvocationError;

/** `type` is the error's name, or one of AWS's: `Sandbox.Timedout`, `Runtime.ExitError`, `Runtime.ImportModuleError`, `Function.ResponseSizeTooLarge` and so on. */
export type InvocationError = {
  readonly outcome: "error";
  readonly type: string;
  readonly message: string;
};

/** Quota for request and for response: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const PAYLOAD_LIMIT_BYTES: number = 6 * 1024 * 1024;

export function toInvocationError(type: string, message: string): InvocationError {
  return { outcome: "error", type, message };
}
