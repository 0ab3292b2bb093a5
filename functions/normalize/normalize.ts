import type { SQSClient } from "@aws-sdk/client-sqs";
import { boundAttempts } from "../../adapters/lambda/bound-attempts.ts";
import {
  LATER_IN_GROUP,
  OUT_OF_TIME,
  toFailureVerdict,
} from "../../adapters/lambda/message-verdict.ts";
import type { SqsRecord } from "../../adapters/lambda/sqs-event.ts";
import type { MessageContext, SqsBatchProcess } from "../../adapters/lambda/sqs-process.ts";
import { limitUnverifiedAlerts } from "../../adapters/lambda/unverified-alerts.ts";
import { NO_SIGNING_KEYS, type SigningKeys } from "../../adapters/signing/signing-keys.ts";
import { createVerify } from "../../adapters/signing/verify.ts";
import { decideChange, type DecideChangeDeps, type Decided } from "./decide-change.ts";
import type { ReadClusterDeps } from "./read-cluster.ts";
import { sendDrafts, type Draft } from "./send-drafts.ts";

export type NormalizeDeps = ReadClusterDeps & {
  readonly queues: SQSClient;
  readonly remediationsQueueUrl: string;
  readonly alertsQueueUrl: string;
  readonly wakeupsQueueUrl: string;
  /** Verify changes, and sign requests and alerts; absent: nothing is signed. */
  readonly signingKeys?: SigningKeys | undefined;
  /** RFC 3339 ms. */
  readonly now: () => string;
};

/** One verdict per message, in their order. Never throws. */
export type Normalize = SqsBatchProcess;

/** Reserved for sending what has been decided; a quarter of short times. */
const SEND_RESERVE_MS = 5_000;
/** No function runs longer: https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html */
const LONGEST_MS = 900_000;

/**
 * Turns a batch of changes into requests and alerts, which are sent together. Repeatable: the same message gives the same ids, so
 * a second delivery asks for the same records. A message that is malformed, or about another cluster, is poison. For a newer
 * contract, or if the API server or a queue is not available, the message is retried, as often as its sender can be trusted
 * (`bound-attempts.ts`), and so are the later ones of its group, for which nothing is sent.
 */
export function createNormalize(deps: NormalizeDeps): Normalize {
  const decideDeps: DecideChangeDeps = {
    ...deps,
    verify: createVerify(deps.signingKeys ?? NO_SIGNING_KEYS, "changes"),
    mayAlertUnverified: limitUnverifiedAlerts(() => Date.parse(deps.now())),
    alerted: new Set(),
    reported: new Set(),
  };
  return async (records, context) => {
    const leftMs = Math.min(Math.max(0, context.deadlineMs - Date.now()), LONGEST_MS);
    const decideMs = leftMs - Math.min(SEND_RESERVE_MS, leftMs / 4);
    const signal = AbortSignal.any([context.signal, AbortSignal.timeout(Math.floor(decideMs))]);
    const drafts: Draft[] = [];
    const blocked = new Set<string>();
    for (const record of records) {
      const group = toGroup(record);
      const draft = blocked.has(group)
        ? { verdict: LATER_IN_GROUP }
        : await decideRecord(decideDeps, record, { ...context, signal });
      if (draft.verdict?.outcome === "retry") blocked.add(group);
      drafts.push({ wakeups: [], requests: [], alerts: [], ...draft, group });
    }
    return sendDrafts(deps, drafts, context.signal);
  };
}

/** A message without a group is a group of its own. */
function toGroup(record: SqsRecord): string {
  return record.attributes.MessageGroupId ?? record.messageId;
}

async function decideRecord(
  deps: DecideChangeDeps,
  record: SqsRecord,
  context: MessageContext,
): Promise<Decided> {
  try {
    const decided = await decideChange(deps, record, context);
    if (decided.verdict === undefined) return decided;
    return { verdict: await boundAttempts(decided.verdict, record, deps.verify) };
  } catch (error) {
    const verdict = context.signal.aborted ? OUT_OF_TIME : toFailureVerdict(error);
    return { verdict: await boundAttempts(verdict, record, deps.verify) };
  }
}
