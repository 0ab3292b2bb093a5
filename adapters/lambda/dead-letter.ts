import type { SQSClient } from "@aws-sdk/client-sqs";
import { sha256 } from "../../events/ids.ts";
import { SIGNATURE_ATTRIBUTE } from "../../events/signature.ts";
import {
  DEAD_LETTER_CODE,
  DEAD_LETTER_FUNCTION,
  DEAD_LETTER_MESSAGE_ID,
  DEAD_LETTER_REASON,
} from "../../events/dead-letter.ts";
import type { KubemendError } from "../../core/errors.ts";
import { refuse, ok, type Result } from "../../core/result.ts";
import { shorten } from "../../core/text/shorten.ts";
import { BATCH_MAX_BYTES, sendBatch, sizeOf } from "../sqs/send-batch.ts";
import type { SqsRecord } from "./sqs-event.ts";

export type DeadLetterDeps = {
  readonly client: SQSClient;
  readonly deadLetterQueueUrl: string;
  readonly functionName: string;
  readonly fifo: boolean;
};

/** Of a reason, in verdicts, logs and dead letters: long enough for a sentence with a path. */
export const REASON_MAX_LENGTH = 1000;

/**
 * Sends a message to the dead-letter queue unchanged, with its signature and the reason in its attributes. Attributes count toward the
 * message's size: those that do not fit are left out, the reason first, so that a message that the queue has accepted is never too large.
 * On a FIFO queue it keeps its group, and a second attempt for the same message is dropped as a duplicate.
 */
export async function sendToDeadLetters(
  deps: DeadLetterDeps,
  record: SqsRecord,
  why: { readonly code: string; readonly reason: string },
): Promise<Result<undefined, KubemendError>> {
  const { body } = record;
  const attributes = toFitting(body, toSignatureAttribute(record), {
    [DEAD_LETTER_CODE]: why.code,
    [DEAD_LETTER_MESSAGE_ID]: record.messageId,
    [DEAD_LETTER_FUNCTION]: deps.functionName,
    [DEAD_LETTER_REASON]: toAttributeText(shorten(why.reason, REASON_MAX_LENGTH)),
  });
  const entry = { body, attributes };
  const ordered = {
    groupId: record.attributes.MessageGroupId ?? record.messageId,
    deduplicationId: sha256("dead-letter", record.messageId),
  };
  const { client, deadLetterQueueUrl: queueUrl } = deps;
  const [outcome] = await sendBatch({ client, queueUrl }, [
    deps.fifo ? { ...entry, ...ordered } : entry,
  ]);
  return outcome?.outcome === "refused" ? refuse(outcome.error) : ok(undefined);
}

/** The attributes that are always kept, and as many of the others, in their order, as the size of a message allows. */
function toFitting(
  body: string,
  kept: Readonly<Record<string, string>>,
  rest: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  let attributes = kept;
  for (const [name, text] of Object.entries(rest)) {
    const more = { ...attributes, [name]: text };
    if (sizeOf({ body, attributes: more }) > BATCH_MAX_BYTES) return attributes;
    attributes = more;
  }
  return attributes;
}

/** A redriven message must be as good as it was. */
function toSignatureAttribute({ messageAttributes }: SqsRecord): Readonly<Record<string, string>> {
  const signature = messageAttributes?.[SIGNATURE_ATTRIBUTE]?.stringValue;
  if (signature === undefined) return {};
  return { [SIGNATURE_ATTRIBUTE]: toAttributeText(signature.slice(0, REASON_MAX_LENGTH)) };
}

/** Only characters that SQS accepts, and none that a terminal would interpret. */
function toAttributeText(text: string): string {
  const clean = text.replace(/[^\t\n\u0020-\uD7FF\uE000-\uFFFD]/g, "?");
  return clean === "" ? "no reason given" : clean;
}
