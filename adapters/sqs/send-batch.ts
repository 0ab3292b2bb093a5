import {
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { KubemendError } from "../../core/errors.ts";
import { escapeForQueue } from "../../core/text/escape-for-queue.ts";
import { SIGNATURE_ATTRIBUTE, SIGNATURE_BYTES } from "../../events/signature.ts";
import type { Sign } from "../signing/sign.ts";
import { toEntryError, toQueueError } from "./errors.ts";

/** Entries of one SendMessageBatch: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html */
export const BATCH_MAX_ENTRIES = 10;
/** Limit of one message, and of all messages of a call together; names, types and values of attributes count. */
export const BATCH_MAX_BYTES: number = 1024 * 1024;
/** Largest body of a message that may be signed. */
export const SIGNED_BODY_MAX_BYTES: number = BATCH_MAX_BYTES - SIGNATURE_BYTES;

export type SqsEntry = {
  readonly body: string;
  /** On a FIFO queue: entries of one group stay in their order. */
  readonly groupId?: string | undefined;
  /**
   * Entries of one key stay in their order even if the queue refuses some of them; default: `groupId`. A finer key allows several
   * entries of a group in one call: if one of them is refused, later ones may be accepted.
   */
  readonly orderKey?: string | undefined;
  /** A signed entry is sent under an id that is made of this one and the key. */
  readonly deduplicationId?: string | undefined;
  readonly attributes?: Readonly<Record<string, string>> | undefined;
  readonly delaySeconds?: number | undefined;
  /** Not signed, although the other entries of its queue are. */
  readonly unsigned?: boolean | undefined;
};

export type SqsEntryOutcome =
  | { readonly outcome: "accepted"; readonly messageId: string }
  | { readonly outcome: "refused"; readonly error: KubemendError };

export type SendBatchDeps = {
  readonly client: SQSClient;
  readonly queueUrl: string;
  /** Signs each body as it is sent; absent: nothing is signed. */
  readonly sign?: Sign | undefined;
};

type Numbered = { readonly index: number; readonly entry: SqsEntry };

/**
 * Sends any number of entries in as few calls as the limits allow; one outcome per entry, in the given order.
 * Never throws: a failure is the outcome of its entries. An order key has at most one entry in a call, and once the queue has refused
 * one, later entries of its key are not sent (they are refused as temporary), so that the order is kept.
 * An entry over the size limit is refused without a call. Characters that SQS refuses are escaped here, for every queue, and what is
 * signed is the body with these escapes. If the signing keys cannot be read, nothing is sent.
 */
export async function sendBatch(
  deps: SendBatchDeps,
  written: readonly SqsEntry[],
  signal?: AbortSignal,
): Promise<readonly SqsEntryOutcome[]> {
  const outcomes = new Map<number, SqsEntryOutcome>();
  const blocked = new Set<string>();
  let entries: readonly SqsEntry[];
  try {
    entries = await Promise.all(written.map((entry) => toSendable(deps, entry)));
  } catch (cause) {
    const error = toQueueError(cause, deps.queueUrl);
    return written.map(() => ({ outcome: "refused", error }));
  }
  for (const call of planCalls(entries)) {
    const open = call.filter(({ entry }) => !isBlocked(entry, blocked));
    for (const [index, outcome] of await sendCall(deps, open, signal)) {
      outcomes.set(index, outcome);
      const key = toOrderKey(entries[index]);
      if (outcome.outcome === "refused" && key !== undefined) blocked.add(key);
    }
  }
  return entries.map((entry, index) => outcomes.get(index) ?? refuseUnsent(entry, deps.queueUrl));
}

async function toSendable({ sign }: SendBatchDeps, entry: SqsEntry): Promise<SqsEntry> {
  const body = escapeForQueue(entry.body);
  const signed = entry.unsigned === true ? undefined : await sign?.(body);
  if (signed === undefined) return { ...entry, body };
  const { deduplicationId: id } = entry;
  const deduplicationId = id === undefined ? undefined : signed.toDeduplicationId(id);
  const attributes = { ...entry.attributes, [SIGNATURE_ATTRIBUTE]: signed.signature };
  return { ...entry, body, deduplicationId, attributes };
}

function toOrderKey(entry: SqsEntry | undefined): string | undefined {
  return entry?.orderKey ?? entry?.groupId;
}

/** Each entry goes into the first call that has room and comes after that of the previous entry of its order key. */
function planCalls(entries: readonly SqsEntry[]): readonly (readonly Numbered[])[] {
  const calls: { entries: Numbered[]; bytes: number }[] = [];
  const nextCallOfKey = new Map<string, number>();
  for (const [index, entry] of entries.entries()) {
    const bytes = sizeOf(entry);
    if (bytes > BATCH_MAX_BYTES) continue;
    const key = toOrderKey(entry);
    const from = key === undefined ? 0 : (nextCallOfKey.get(key) ?? 0);
    let at = from;
    while (!hasRoom(calls[at], bytes)) at += 1;
    const call = (calls[at] ??= { entries: [], bytes: 0 });
    call.entries.push({ index, entry });
    call.bytes += bytes;
    if (key !== undefined) nextCallOfKey.set(key, at + 1);
  }
  return calls.map((call) => call.entries);
}

function hasRoom(
  call: { readonly entries: readonly Numbered[]; readonly bytes: number } | undefined,
  bytes: number,
): boolean {
  if (call === undefined) return true;
  return call.entries.length < BATCH_MAX_ENTRIES && call.bytes + bytes <= BATCH_MAX_BYTES;
}

/** Size as SQS counts it. */
export function sizeOf(entry: Pick<SqsEntry, "body" | "attributes">): number {
  const attributes = Object.entries(entry.attributes ?? {}).map(
    ([name, value]) => Buffer.byteLength(name) + "String".length + Buffer.byteLength(value),
  );
  return attributes.reduce((sum, bytes) => sum + bytes, Buffer.byteLength(entry.body));
}

function isBlocked(entry: SqsEntry, blocked: ReadonlySet<string>): boolean {
  const key = toOrderKey(entry);
  return key !== undefined && blocked.has(key);
}

async function sendCall(
  deps: SendBatchDeps,
  call: readonly Numbered[],
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<number, SqsEntryOutcome>> {
  const outcomes = new Map<number, SqsEntryOutcome>();
  if (call.length === 0) return outcomes;
  try {
    const answer = await deps.client.send(
      new SendMessageBatchCommand({ QueueUrl: deps.queueUrl, Entries: call.map(toRequestEntry) }),
      signal === undefined ? {} : { abortSignal: signal },
    );
    for (const { Id, MessageId } of answer.Successful ?? []) {
      outcomes.set(Number(Id), { outcome: "accepted", messageId: MessageId ?? "" });
    }
    for (const failed of answer.Failed ?? []) {
      outcomes.set(Number(failed.Id), {
        outcome: "refused",
        error: toEntryError(
          {
            code: failed.Code ?? "Unknown",
            message: failed.Message ?? "",
            senderFault: failed.SenderFault === true,
          },
          deps.queueUrl,
        ),
      });
    }
    for (const { index } of call) {
      if (!outcomes.has(index))
        outcomes.set(index, refuse("not named in the answer", deps.queueUrl));
    }
  } catch (error) {
    const refused = toQueueError(error, deps.queueUrl);
    for (const { index } of call) outcomes.set(index, { outcome: "refused", error: refused });
  }
  return outcomes;
}

function toRequestEntry({ index, entry }: Numbered): SendMessageBatchRequestEntry {
  return {
    Id: String(index),
    MessageBody: entry.body,
    ...(entry.groupId === undefined ? {} : { MessageGroupId: entry.groupId }),
    ...(entry.deduplicationId === undefined
      ? {}
      : { MessageDeduplicationId: entry.deduplicationId }),
    ...(entry.delaySeconds === undefined ? {} : { DelaySeconds: entry.delaySeconds }),
    ...(entry.attributes === undefined
      ? {}
      : {
          MessageAttributes: Object.fromEntries(
            Object.entries(entry.attributes).map(([name, value]) => [
              name,
              { DataType: "String", StringValue: value },
            ]),
          ),
        }),
  };
}

function refuse(what: string, queueUrl: string): SqsEntryOutcome {
  const error = new KubemendError("QueueUnreachable", `queue ${queueUrl}: ${what}`, {
    retryable: true,
  });
  return { outcome: "refused", error };
}

function refuseUnsent(entry: SqsEntry, queueUrl: string): SqsEntryOutcome {
  const bytes = sizeOf(entry);
  if (bytes <= BATCH_MAX_BYTES) {
    return refuse("not sent, as an earlier entry of its group was refused", queueUrl);
  }
  const error = new KubemendError(
    "MessageRefused",
    `queue ${queueUrl}: a message of ${bytes} bytes is over the limit of ${BATCH_MAX_BYTES}`,
    { retryable: false },
  );
  return { outcome: "refused", error };
}
