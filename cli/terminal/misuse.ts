import { KubemendError } from "../../core/errors.ts";

/** The error for a command that was used wrongly: its message says what to change, and the exit code is EXIT_MISUSE. */
export function misuse(message: string): KubemendError {
  return new KubemendError("InvalidConfiguration", message, { retryable: false });
}
