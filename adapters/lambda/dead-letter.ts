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
import { sendBatch } from "../sqs/send-batch.ts";
import type { SqsRecord } from "./sqs-event.ts";

export type DeadLetterDeps = {
  readonly client: SQSClient;
  readonly deadLetterQueueUrl: string;
  readonly functionName: string;
  readonly fifo: boolean;
};

/** Long enough for a sentence with a path; attributes count toward the message's size. */
const MAX_REASON_LENGTH = 1000;

/**
 * Sends a message to the dead-letter queue unchanged, with its signature and the reason in its attributes. On a FIFO queue it keeps its group, and a
 * second attempt for the same message is dropped as a duplicate.
 */
export async function sendToDeadLetters(
  deps: DeadLetterDeps,
  record: SqsRecord,
  why: { readonly code: string; readonly reason: string },
): Promise<Result<undefined, KubemendError>> {
  const entry = {
    body: record.body,
    attributes: {
      ...toSignatureAttribute(record),
      [DEAD_LETTER_REASON]: toAttributeText(why.reason),
      [DEAD_LETTER_CODE]: why.code,
      [DEAD_LETTER_FUNCTION]: deps.functionName,
      [DEAD_LETTER_MESSAGE_ID]: record.messageId,
    },
  };
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

/** A redriven message must be as good as it was. */
function toSignatureAttribute({ messageAttributes }: SqsRecord): Readonly<Record<string, string>> {
  const signature = messageAttributes?.[SIGNATURE_ATTRIBUTE]?.stringValue;
  return signature === undefined ? {} : { [SIGNATURE_ATTRIBUTE]: toAttributeText(signature) };
}

/** Only characters that SQS accepts, and none that a terminal would interpret. */
function toAttributeText(text: string): string {
  const clean = text.slice(0, MAX_REASON_LENGTH).replace(/[^\t\n\u0020-\uD7FF\uE000-\uFFFD]/g, "?");
  return clean === "" ? "no reason given" : clean;
}
