import type { ErrorCode } from "../../core/errors.ts";
import type { SignatureVerdict, Verify } from "../signing/verify.ts";
import { LATER_IN_GROUP, type MessageVerdict, type PoisonVerdict } from "./message-verdict.ts";
import type { SqsRecord } from "./sqs-event.ts";

/**
 * Failures that say nothing about the message: what the functions connect to is away, or they have not been given what they need. All
 * messages fail alike then, and are tried again until it is back.
 */
const OF_THE_WORLD: ReadonlySet<string> = new Set<ErrorCode | "OutOfTime">([
  "Unreachable",
  "Unauthorized",
  "Timeout",
  "Unavailable",
  "TooManyRequests",
  "QuotaExceeded",
  "QueueNotFound",
  "QueueAccessDenied",
  "QueueUnreachable",
  "QueueThrottled",
  "CredentialNotFound",
  "CredentialDenied",
  "CredentialThrottled",
  "CredentialUnreachable",
  "InvalidConfiguration",
  "OutOfTime",
]);

/** With the backoff that doubles from 2 s: about four minutes, in which an upgrade can end, or a permission be granted. */
const ATTEMPTS_MAX = 8;

/** A message without a valid signature may return after an earlier one of its group, but not for ever. */
const UNSIGNED_RECEIVES_MAX = 5;

/**
 * Why a message is not processed at all: it has no valid signature, and none of its receives has ended, so it may be what kills the
 * function. Undefined if it is processed.
 */
export function findEndless(
  record: SqsRecord,
  signature: SignatureVerdict,
): PoisonVerdict | undefined {
  const received = toReceives(record);
  if (signature !== "unsigned" || received <= UNSIGNED_RECEIVES_MAX) return undefined;
  const reason = `it has no valid signature, and was received ${received} times without an end`;
  return { outcome: "poison", code: "Unsigned", reason };
}

/**
 * Bounds the attempts of a message that anybody may have sent, because it holds its group as long as it is retried.
 * - Signed: retried until the queue's maxReceiveCount.
 * - Signing keys are configured, and it is not signed by one of them: one attempt.
 * - No keys are configured, so ordinary messages are not signed either: a failure of the world is retried as for a signed message; any
 *   other may be the message's own, and is tried eight times.
 * What is not tried again is poison: on the dead-letter queue nothing is lost, and `kubemend redrive` brings it back.
 */
export async function boundAttempts(
  verdict: MessageVerdict,
  record: SqsRecord,
  verify: Verify | undefined,
): Promise<MessageVerdict> {
  if (verify === undefined || verdict.outcome !== "retry" || verdict === LATER_IN_GROUP) {
    return verdict;
  }
  const { code = "Internal", reason } = verdict;
  switch (await toSignature(record, verify)) {
    case "signed":
    case undefined:
      return verdict;
    case "unsigned": {
      const why = "it has no valid signature, so it is not tried again";
      return { outcome: "poison", code: "Unsigned", reason: `${reason} (${why})` };
    }
    case "unverifiable": {
      const received = toReceives(record);
      if (OF_THE_WORLD.has(code) || received < ATTEMPTS_MAX) return verdict;
      return { outcome: "poison", code, reason: `${reason} (it was received ${received} times)` };
    }
  }
}

function toReceives({ attributes }: SqsRecord): number {
  return Number(attributes.ApproximateReceiveCount ?? "1");
}

/** Undefined if the keys cannot be read: then nothing can be said about any message. */
async function toSignature(record: SqsRecord, verify: Verify) {
  try {
    return await verify(record);
  } catch {
    return undefined;
  }
}
