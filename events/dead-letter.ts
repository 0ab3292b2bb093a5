/**
 * Message attributes of a message that Kubemend itself puts on a dead-letter queue: the body is the message as it came,
 * byte for byte (or its first part, where redaction applies), the attributes say why it is there.
 * SQS allows ten attributes a message; they count toward its size.
 */
export const DEAD_LETTER_REASON = "kubemend.reason";
export const DEAD_LETTER_CODE = "kubemend.code";
/** The function that gave up on it. */
export const DEAD_LETTER_FUNCTION = "kubemend.function";
/** MessageId of the original message. */
export const DEAD_LETTER_MESSAGE_ID = "kubemend.messageId";
