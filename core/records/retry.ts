import type { RecordCause, RecordStatus } from "../../events/remediation.ts";
import { describeError, isKubemendError } from "../errors.ts";
import { formatDuration } from "../text/duration.ts";
import type { Rule } from "../pipeline/pipeline.ts";
import { toReleased } from "./claim.ts";

/** The wait after the first failed attempt; it doubles with each further one, so that what became possible is done within about a minute. */
const FIRST_WAIT_MS = 5_000;
const WAIT_MAX_MS = 60_000;
/** A remediation that comes hours late surprises more than it helps. */
export const GIVE_UP_AFTER_MS: number = 60 * 60_000;
/** The message of an exception may quote whatever it failed on. */
const CAUSE_MAX_LENGTH = 1024;

/** Why an attempt failed, for the record. An exception that nobody foresaw is named by its class. */
export function toCause(error: unknown): RecordCause {
  if (isKubemendError(error)) return cut({ code: error.code, message: error.message });
  const name = error instanceof Error ? `${error.name}: ` : "";
  return cut({ code: "Internal", message: `${name}${describeError(error)}` });
}

function cut({ code, message }: RecordCause): RecordCause {
  const isLong = message.length > CAUSE_MAX_LENGTH;
  return { code, message: isLong ? `${message.slice(0, CAUSE_MAX_LENGTH)}…` : message };
}

/** How long a record of this rule is retried, counted from the first failure. */
export function toGiveUpAfterMs(rule: Pick<Rule, "giveUpAfterMs"> | undefined): number {
  return rule?.giveUpAfterMs ?? GIVE_UP_AFTER_MS;
}

/** Whether a record that has failed since then is not retried any more. `now` is RFC 3339 ms. */
export function isGivenUp(status: RecordStatus, giveUpAfterMs: number, now: string): boolean {
  const { failingSince } = status;
  return failingSince !== undefined && Date.parse(now) - Date.parse(failingSince) >= giveUpAfterMs;
}

/**
 * The status of a record whose attempt has failed: it waits for the next one, without a claim. `askedMs` is how long the server asked
 * to wait. The last attempt is made when the time for attempts ends.
 */
export function toRetrying(
  status: RecordStatus,
  cause: RecordCause,
  input: {
    readonly now: string;
    readonly giveUpAfterMs: number;
    readonly askedMs?: number | undefined;
  },
): RecordStatus {
  const nowMs = Date.parse(input.now);
  const attempts = (status.attempts ?? 0) + 1;
  const failingSince = status.failingSince ?? input.now;
  const endMs = Date.parse(failingSince) + input.giveUpAfterMs;
  const backoffMs = Math.min(FIRST_WAIT_MS * 2 ** Math.min(attempts - 1, 10), WAIT_MAX_MS);
  const waitMs = Math.max(backoffMs, Math.min(input.askedMs ?? 0, WAIT_MAX_MS));
  const wakeAt = new Date(Math.max(nowMs + 1_000, Math.min(nowMs + waitMs, endMs))).toISOString();
  const until = new Date(endMs).toISOString();
  return {
    ...toReleased(status),
    phase: "Waiting",
    reason: "Retrying",
    message: `attempt ${attempts} failed, the next one is at ${wakeAt}, the last one at ${until}: ${cause.message}`,
    cause,
    attempts,
    failingSince,
    wakeAt,
  };
}

/** The same record after an attempt got further: the next failure is counted from the beginning. */
export function withoutFailures(status: RecordStatus): RecordStatus {
  const { attempts: _attempts, cause: _cause, failingSince: _since, ...rest } = status;
  return rest;
}

/** What the record says if it is not retried any more. */
export function toGivenUp(status: RecordStatus, cause: RecordCause, now: string): RecordCause {
  const sinceMs = Date.parse(now) - Date.parse(status.failingSince ?? now);
  const seconds = Math.max(1, Math.round(sinceMs / 1000));
  const { attempts = 1 } = status;
  const message = `${cause.message} (gave up after ${attempts} attempts in ${formatDuration(seconds * 1000)})`;
  return { code: cause.code, message };
}
