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
  /** An ErrorCode, or `ReceiveLimit` where SQS itself gave up on it. */
  readonly code: string;
  readonly reason: string;
  readonly functionName: string | undefined;
  /** API path of the object that it is about, where it says so. */
  readonly subject: string | undefined;
  /** What else came with it, without our own attributes. */
  readonly attributes: Readonly<Record<string, string>>;
};

const OWN: ReadonlySet<string> = new Set([
  DEAD_LETTER_CODE,
  DEAD_LETTER_FUNCTION,
  DEAD_LETTER_MESSAGE_ID,
  DEAD_LETTER_REASON,
]);

/** Reads what SQS handed out; never throws. */
export function readLetter(message: Message): Letter {
  const texts = new Map(
    Object.entries(message.MessageAttributes ?? {}).flatMap(([name, { StringValue: text }]) =>
      text === undefined ? [] : [[name, text] as const],
    ),
  );
  const body = message.Body ?? "";
  const functionName = texts.get(DEAD_LETTER_FUNCTION);
  return {
    id: message.MessageId ?? "",
    receipt: message.ReceiptHandle ?? "",
    body,
    groupId: message.Attributes?.MessageGroupId,
    code: toPrintable(texts.get(DEAD_LETTER_CODE) ?? "ReceiveLimit"),
    reason: toPrintable(
      texts.get(DEAD_LETTER_REASON) ??
        "no reason is told: SQS moved it, as it was received too often without being done",
    ),
    functionName: functionName === undefined ? undefined : toPrintable(functionName),
    subject: readSubject(body),
    attributes: Object.fromEntries([...texts].filter(([name]) => !OWN.has(name))),
  };
}

function readSubject(body: string): string | undefined {
  try {
    const subject = readOwn(JSON.parse(body), "subject");
    return typeof subject === "string" ? toPrintable(subject) : undefined;
  } catch {
    return undefined;
  }
}

/** A terminal acts on control characters, and whoever sent the message wrote this. */
function toPrintable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}]+/gu, " ");
}
