import type { Message } from "@aws-sdk/client-sqs";
import {
  DEAD_LETTER_CODE,
  DEAD_LETTER_FUNCTION,
  DEAD_LETTER_MESSAGE_ID,
  DEAD_LETTER_REASON,
} from "../../events/dead-letter.ts";
import { readOwn } from "../../core/json/read-json.ts";

/** A message on a dead-letter queue, and why it is there. */
export type Letter = {
  readonly id: string;
  readonly receipt: string;
  readonly body: string;
  readonly groupId: string | undefined;
  /** An ErrorCode, or `ReceiveLimit` if SQS itself moved it. */
  readonly code: string;
  readonly reason: string;
  readonly functionName: string | undefined;
  /** API path of the object that it is about, if the message names it. */
  readonly subject: string | undefined;
  /** The other message attributes, without our own. */
  readonly attributes: Readonly<Record<string, string>>;
};

const OWN: ReadonlySet<string> = new Set([
  DEAD_LETTER_CODE,
  DEAD_LETTER_FUNCTION,
  DEAD_LETTER_MESSAGE_ID,
  DEAD_LETTER_REASON,
]);

/** Reads a received message; never throws. */
export function readLetter(message: Message): Letter {
  const texts = new Map(
    Object.entries(message.MessageAttributes ?? {}).flatMap(([name, { StringValue: text }]) =>
      text === undefined ? [] : [[name, text] as const],
    ),
  );
  const body = message.Body ?? "";
  return {
    id: message.MessageId ?? "",
    receipt: message.ReceiptHandle ?? "",
    body,
    groupId: message.Attributes?.MessageGroupId,
    code: texts.get(DEAD_LETTER_CODE) ?? "ReceiveLimit",
    reason: texts.get(DEAD_LETTER_REASON) ?? toMissingReason(texts),
    functionName: texts.get(DEAD_LETTER_FUNCTION),
    subject: readSubject(body),
    attributes: Object.fromEntries([...texts].filter(([name]) => !OWN.has(name))),
  };
}

function toMissingReason(texts: ReadonlyMap<string, string>): string {
  return texts.has(DEAD_LETTER_CODE)
    ? "the message is so large that its reason did not fit: the function has logged it"
    : "no reason recorded: SQS moved it because it exceeded maxReceiveCount";
}

function readSubject(body: string): string | undefined {
  try {
    const subject = readOwn(JSON.parse(body), "subject");
    return typeof subject === "string" ? subject : undefined;
  } catch {
    return undefined;
  }
}
