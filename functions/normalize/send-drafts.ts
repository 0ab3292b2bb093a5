import type { SQSClient } from "@aws-sdk/client-sqs";
import { LATER_IN_GROUP, type MessageVerdict } from "../../adapters/lambda/message-verdict.ts";
import type { SentAlert, SendAlerts } from "../../adapters/alert-groups/send-grouped.ts";
import type { SendContext } from "../../adapters/alert-groups/send-context.ts";
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
  /** For the copies of the object in other clusters. */
  readonly transfers: readonly SqsEntry[];
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
  /** Sign requests, transfers and alerts; absent: nothing is signed. */
  readonly signingKeys?: SigningKeys | undefined;
  readonly remediationsQueueUrl: string;
  readonly sendAlerts: SendAlerts;
  readonly wakeupsQueueUrl: string;
  readonly transfersQueueUrl: string;
};

/**
 * Sends what the messages of a batch ask for: all wake-ups, then all requests, then all transfers, in as few calls as possible, then all
 * alerts, through their groups. One verdict per message, in their order: if a queue did not accept all of its entries, the message is
 * retried, and so are the later ones of its group. An object's requests for one rule stay in order; requests for different objects share
 * calls. Never throws.
 */
export async function sendDrafts(
  deps: SendDraftsDeps,
  drafts: readonly Draft[],
  context: SendContext,
): Promise<readonly MessageVerdict[]> {
  const { signal } = context;
  const { queues: client, signingKeys = NO_SIGNING_KEYS } = deps;
  const requests = {
    client,
    queueUrl: deps.remediationsQueueUrl,
    field: "requests",
    sign: createSign(signingKeys, "remediations"),
  } as const;
  const wakeups = { client, queueUrl: deps.wakeupsQueueUrl, field: "wakeups" } as const;
  const transfers = {
    client,
    queueUrl: deps.transfersQueueUrl,
    field: "transfers",
    sign: createSign(signingKeys, "transfers"),
  } as const;
  const woken = await sendField(wakeups, drafts, signal);
  const requested = await sendField(requests, woken, signal);
  const transferred = await sendField(transfers, requested, signal);
  const alerted = await sendAllAlerts(deps, transferred, context);
  return alerted.map(({ verdict }) => verdict ?? { outcome: "done" });
}

async function sendField(
  to: SendBatchDeps & { readonly field: "wakeups" | "requests" | "transfers" },
  drafts: readonly Draft[],
  signal: AbortSignal,
): Promise<readonly Draft[]> {
  const parts = drafts.map((draft) => (draft.verdict === undefined ? draft[to.field] : []));
  const entries = parts.flatMap((part, index) =>
    part.map((entry) => ({ ...entry, orderKey: toOrderKey(entry, drafts[index]) })),
  );
  if (entries.length === 0) return drafts;
  return settle(drafts, parts, await sendBatch(to, entries, signal));
}

async function sendAllAlerts(
  { sendAlerts }: SendDraftsDeps,
  drafts: readonly Draft[],
  context: SendContext,
): Promise<readonly Draft[]> {
  const parts = drafts.map(({ verdict, alerts }) => (verdict === undefined ? alerts : []));
  const alerts = parts.flat();
  if (alerts.length === 0) return drafts;
  return settle(drafts, parts, await sendAlerts(alerts, context));
}

/** The drafts with the verdicts that follow from the outcomes of their parts. */
function settle(
  drafts: readonly Draft[],
  parts: readonly (readonly unknown[])[],
  outcomes: readonly Outcome[],
): readonly Draft[] {
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

type Outcome = SqsEntryOutcome | SentAlert;

/** A call has at most one entry per message and group: requests for several rules share it, and so do those for several objects. */
function toOrderKey(entry: SqsEntry, draft: Draft | undefined): string | undefined {
  const key = entry.orderKey ?? entry.groupId;
  return key === undefined ? undefined : `${draft?.group}/${key}`;
}

/** Undefined if everything was accepted. */
function toVerdict(outcomes: readonly Outcome[]): MessageVerdict | undefined {
  const refused = outcomes.flatMap((one) => (one.outcome === "refused" ? [one.error] : []));
  const error = refused.find(({ retryable }) => retryable) ?? refused[0];
  if (error === undefined) return undefined;
  const { code, message: reason } = error;
  // A message that SQS refuses will be refused again; a missing queue or permission can be fixed.
  return code === "MessageRefused"
    ? { outcome: "poison", code, reason }
    : { outcome: "retry", code, reason };
}
