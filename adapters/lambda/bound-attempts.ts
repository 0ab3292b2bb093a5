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

const HOUR_MS = 3_600_000;

/**
 * How long a message that fails by itself is tried, from its first receive: an outage before, or an upgrade in the wrong order, may last for
 * hours, and its receives are not the message's fault. Fewer receives than this say nothing.
 */
const PATIENCE_MS = 3 * HOUR_MS;
const ATTEMPTS_MIN = 8;
/** After a longer outage, or behind another message of its group, its first failure may pass. Later than this it is not waited for. */
const PATIENCE_MAX_MS = 8 * HOUR_MS;

/** Messages that have failed by themselves in this process: the count of the receive. More are forgotten, which costs an attempt. */
const failed = new Map<string, number>();
const FAILED_MAX = 10_000;

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
 *   other may be the message's own, and is tried for three hours, and once again if this process has not seen it before.
 * A message that is not tried again is poison: nothing is lost, because `kubemend redrive` brings it back from the dead-letter queue.
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
      if (OF_THE_WORLD.has(code) || mayPass(record)) return verdict;
      const times = `it was received ${toReceives(record)} times`;
      return { outcome: "poison", code, reason: `${reason} (${times}, for more than 3 h)` };
    }
  }
}

/** Whether a failure of the message's own may still pass. */
function mayPass(record: SqsRecord): boolean {
  const { messageId } = record;
  const received = toReceives(record);
  const before = failed.get(messageId) ?? received;
  if (before === received) {
    if (failed.size >= FAILED_MAX) failed.clear();
    failed.set(messageId, received);
  }
  const ageMs = toAgeMs(record);
  if (received < ATTEMPTS_MIN || ageMs < PATIENCE_MS) return true;
  return before === received && ageMs < PATIENCE_MAX_MS;
}

/** Since the first receive; without that time the message counts as old. */
function toAgeMs({ attributes }: SqsRecord): number {
  return Date.now() - Number(attributes.ApproximateFirstReceiveTimestamp ?? "0");
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
