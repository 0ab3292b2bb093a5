import type { SQSClient } from "@aws-sdk/client-sqs";
import { LATER_IN_GROUP, type RecordVerdict } from "../../adapters/lambda/record-verdict.ts";
import { sendBatch, type SqsEntry, type SqsEntryOutcome } from "../../adapters/sqs/send-batch.ts";
import type { Entries } from "./to-entries.ts";

export type Asked = Entries & {
  /** For records that wait for this change. */
  readonly wakeups: readonly SqsEntry[];
};

/** What one message asks of the queues; with a verdict already there is nothing to send. */
export type Draft = Asked & {
  /** The message's own group. */
  readonly group: string;
  readonly verdict?: RecordVerdict | undefined;
};

export type SendDraftsDeps = {
  readonly queues: SQSClient;
  readonly remediationsQueueUrl: string;
  readonly alertsQueueUrl: string;
  readonly wakeupsQueueUrl: string;
};

/**
 * Sends what the messages of a batch ask for, first all wake-ups, then all requests, then all alerts, in as few calls as there can be. One verdict
 * a message, in their order: where anything of it was not accepted it comes again, and so do the later ones of its group. Of an
 * object's requests for one rule none overtakes another; those of different objects share calls. Never throws.
 */
export async function sendDrafts(
  deps: SendDraftsDeps,
  drafts: readonly Draft[],
  signal: AbortSignal,
): Promise<readonly RecordVerdict[]> {
  const { queues: client } = deps;
  const requests = { client, queueUrl: deps.remediationsQueueUrl, field: "requests" } as const;
  const alerts = { client, queueUrl: deps.alertsQueueUrl, field: "alerts" } as const;
  const wakeups = { client, queueUrl: deps.wakeupsQueueUrl, field: "wakeups" } as const;
  const woken = await sendField(wakeups, drafts, signal);
  const asked = await sendField(requests, woken, signal);
  const told = await sendField(alerts, asked, signal);
  return told.map(({ verdict }) => verdict ?? { outcome: "done" });
}

async function sendField(
  to: { readonly client: SQSClient; readonly queueUrl: string; readonly field: keyof Asked },
  drafts: readonly Draft[],
  signal: AbortSignal,
): Promise<readonly Draft[]> {
  const parts = drafts.map((draft) => (draft.verdict === undefined ? draft[to.field] : []));
  const entries = parts.flatMap((part, index) =>
    part.map((entry) => ({ ...entry, orderKey: toOrderKey(entry, drafts[index]) })),
  );
  if (entries.length === 0) return drafts;
  const outcomes = await sendBatch(to, entries, signal);
  const held = new Set<string>();
  let next = 0;
  return drafts.map((draft, index) => {
    const own = outcomes.slice(next, next + (parts[index]?.length ?? 0));
    next += own.length;
    const verdict = draft.verdict ?? (held.has(draft.group) ? LATER_IN_GROUP : toVerdict(own));
    if (verdict?.outcome === "retry") held.add(draft.group);
    return { ...draft, verdict };
  });
}

/** In a call a message has one entry of a group: requests for several rules go together, and so do those of several objects. */
function toOrderKey(entry: SqsEntry, draft: Draft | undefined): string | undefined {
  return entry.groupId === undefined ? undefined : `${draft?.group}/${entry.groupId}`;
}

/** Undefined where all was accepted. */
function toVerdict(outcomes: readonly SqsEntryOutcome[]): RecordVerdict | undefined {
  const refused = outcomes.flatMap((one) => (one.outcome === "refused" ? [one.error] : []));
  const error = refused.find(({ retryable }) => retryable) ?? refused[0];
  if (error === undefined) return undefined;
  const { code, message: reason } = error;
  // A refused message is refused for ever; a missing queue or right is not.
  return code === "MessageRefused"
    ? { outcome: "poison", code, reason }
    : { outcome: "retry", code, reason };
}
