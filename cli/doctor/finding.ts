import { describeError, isKubemendError, type KubemendError } from "../../core/errors.ts";
import type { Unread } from "./aws.ts";

/** The answer of one check, in one line. */
export type Finding = {
  /** What was looked at: `API server`, `queue changes`. */
  readonly check: string;
  readonly outcome: "ok" | "failed" | "skipped";
  readonly message: string;
  /** The way out of a fault. */
  readonly fix?: string | undefined;
};

export type Check = (signal: AbortSignal) => Promise<readonly Finding[]>;

export function passed(check: string, message: string): Finding {
  return { check, outcome: "ok", message };
}

export function failed(check: string, message: string, fix: string): Finding {
  return { check, outcome: "failed", message, fix };
}

export function skipped(check: string, message: string): Finding {
  return { check, outcome: "skipped", message };
}

/** A check that could not read what it looks at: a fault, unless the user lacks credentials or a right. */
export function unread(check: string, { isDenied, reason }: Unread, fix: string): Finding {
  return isDenied ? skipped(check, reason) : failed(check, reason, fix);
}

/** The way out of a fault of the stack. */
export const DEPLOY = "deploy the stack again: kubemend deploy, or terraform apply";

/** The way out of a fault that the message describes. */
export const AGAIN = "correct that, and run kubemend doctor again";

/** Answers with what the check found, or with why it could not look. */
export async function runCheck(
  check: string,
  look: Check,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  try {
    return await look(signal);
  } catch (error) {
    signal.throwIfAborted();
    if (isForbidden(error)) {
      return [skipped(check, `you may not look at it: ${error.message.split(" (")[0] ?? ""}`)];
    }
    return [failed(check, describeError(error), AGAIN)];
  }
}

/** What the user may not see is no fault of the installation. */
function isForbidden(error: unknown): error is KubemendError {
  return isKubemendError(error) && error.status === 403;
}
