import type { SQSClient } from "@aws-sdk/client-sqs";
import { LATER_IN_GROUP, type MessageVerdict } from "../../adapters/lambda/message-verdict.ts";
import { createSign } from "../../adapters/signing/sign.ts";
import { NO_SIGNING_KEYS, type SigningKeys } from "../../adapters/signing/signing-keys.ts";
import {
  sendBatch,
  type SendBatchDeps,
  type SqsEntry,
  type SqsEntryOutcome,
} from "../../adapters/sqs/send-batch.ts";
import type { Entries } from "./to-entries.ts";

export type Asked = Entries & {
  /** For records that wait for this change. */
  readonly wakeups: readonly SqsEntry[];
};

/** What one message asks to send; nothing if it has a verdict already. */
export type Draft = Asked & {
  /** The message's own group. */
  readonly group: string;
  readonly verdict?: MessageVerdict | undefined;
};

export type SendDraftsDeps = {
  readonly queues: SQSClient;
  /** Sign requests and alerts; absent: nothing is signed. */
  readonly signingKeys?: SigningKeys | undefined;
  readonly remediationsQueueUrl: string;
  readonly alertsQueueUrl: string;
  readonly wakeupsQueueUrl: string;
};

/**
 * Sends what the messages of a batch ask for: all wake-ups, then all requests, then all alerts, in as few calls as possible. One verdict
 * per message, in their order: if a queue did not accept all of its entries, the message is retried, and so are the later ones of its
 * group. An object's requests for one rule stay in order; requests for different objects share calls. Never throws.
 */
export async function sendDrafts(
  deps: SendDraftsDeps,
  drafts: readonly Draft[],
  signal: AbortSignal,
): Promise<readonly MessageVerdict[]> {
  const { queues: client, signingKeys = NO_SIGNING_KEYS } = deps;
  const requests = {
    client,
    queueUrl: deps.remediationsQueueUrl,
    field: "requests",
    sign: createSign(signingKeys, "remediations"),
  } as const;
  const alerts = {
    client,
    queueUrl: deps.alertsQueueUrl,
    field: "alerts",
    sign: createSign(signingKeys, "alerts"),
  } as const;
  const wakeups = { client, queueUrl: deps.wakeupsQueueUrl, field: "wakeups" } as const;
  const woken = await sendField(wakeups, drafts, signal);
  const requested = await sendField(requests, woken, signal);
  const alerted = await sendField(alerts, requested, signal);
  return alerted.map(({ verdict }) => verdict ?? { outcome: "done" });
}

async function sendField(
  to: SendBatchDeps & { readonly field: keyof Asked },
  drafts: readonly Draft[],
  signal: AbortSignal,
): Promise<readonly Draft[]> {
  const parts = drafts.map((draft) => (draft.verdict === undefined ? draft[to.field] : []));
  const entries = parts.flatMap((part, index) =>
    part.map((entry) => ({ ...entry, orderKey: toOrderKey(entry, drafts[index]) })),
  );
  if (entries.length === 0) return drafts;
  const outcomes = await sendBatch(to, entries, signal);
  const blocked = new Set<string>();
  let next = 0;
  return drafts.map((draft, index) => {
    const own = outcomes.slice(next, next + (parts[index]?.length ?? 0));
    next += own.length;
    const verdict = draft.verdict ?? (blocked.has(draft.group) ? LATER_IN_GROUP : toVerdict(own));
    if (verdict?.outcome === "retry") blocked.add(draft.group);
    return { ...draft, verdict };
  });
}

/** A call has at most one entry per message and group: requests for several rules share it, and so do those for several objects. */
function toOrderKey(entry: SqsEntry, draft: Draft | undefined): string | undefined {
  const key = entry.orderKey ?? entry.groupId;
  return key === undefined ? undefined : `${draft?.group}/${key}`;
}

/** Undefined if everything was accepted. */
function toVerdict(outcomes: readonly SqsEntryOutcome[]): MessageVerdict | undefined {
  const refused = outcomes.flatMap((one) => (one.outcome === "refused" ? [one.error] : []));
  const error = refused.find(({ retryable }) => retryable) ?? refused[0];
  if (error === undefined) return undefined;
  const { code, message: reason } = error;
  // A message that SQS refuses will be refused again; a missing queue or permission can be fixed.
  return code === "MessageRefused"
    ? { outcome: "poison", code, reason }
    : { outcome: "retry", code, reason };
}
