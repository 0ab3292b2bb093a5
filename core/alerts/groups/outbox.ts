import type { AlertGroupStatus, OutboxMessage } from "../../../events/alert-group.ts";

/** The process that puts a message into the outbox sends it at once. After this time it is taken to be dead, and any process sends it. */
const SENT_WITHIN_MS = 30_000;

/** A process that has failed to send a message gets the change again after at least 2 s. */
const TRIED_WITHIN_MS = 1_000;

/** What an outbox takes, far below what the API server stores of a group: a message more may have 250 KB. */
export const OUTBOX_MAX = 10;
const OUTBOX_MAX_BYTES = 128 * 1024;

/** Whether an outbox takes no more messages before some of them are sent: until then alerts are collected. */
export function isOutboxFull({ outbox = [] }: AlertGroupStatus): boolean {
  if (outbox.length >= OUTBOX_MAX) return true;
  const bytes = outbox.reduce((sum, { body }) => sum + Buffer.byteLength(JSON.stringify(body)), 0);
  return bytes >= OUTBOX_MAX_BYTES;
}

/** The messages of these alerts that another attempt has put into the outbox and failed to send: the attempt that has the alerts now sends them. */
export function findRetried(
  { outbox = [] }: AlertGroupStatus,
  alertIds: ReadonlySet<string>,
  now: string,
): readonly OutboxMessage[] {
  return outbox.filter(
    ({ id, at }) => alertIds.has(id) && Date.parse(at) + TRIED_WITHIN_MS <= Date.parse(now),
  );
}

/** The messages that the process that added them should have sent, and has not. */
export function findUnsent(
  { outbox = [] }: AlertGroupStatus,
  now: string,
): readonly OutboxMessage[] {
  return outbox.filter(({ at }) => Date.parse(at) + SENT_WITHIN_MS <= Date.parse(now));
}

/** The status with one more message to send. */
export function withMessage(status: AlertGroupStatus, message: OutboxMessage): AlertGroupStatus {
  return { ...status, outbox: [...(status.outbox ?? []), message] };
}

/** The messages that a process sends after it has changed a status: those that it has added, and those that are late. */
export function findOwn(
  before: AlertGroupStatus,
  { outbox = [] }: AlertGroupStatus,
  late: readonly OutboxMessage[],
): readonly OutboxMessage[] {
  const earlier = new Set((before.outbox ?? []).map(({ id }) => id));
  return outbox.filter((message) => !earlier.has(message.id) || late.includes(message));
}

/** The status without messages that the queue has accepted; the same object if there are none. */
export function withoutSent(status: AlertGroupStatus, ids: ReadonlySet<string>): AlertGroupStatus {
  const { outbox = [], ...rest } = status;
  const kept = outbox.filter(({ id }) => !ids.has(id));
  if (kept.length === outbox.length) return status;
  return kept.length === 0 ? rest : { ...rest, outbox: kept };
}
