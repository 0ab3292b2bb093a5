/**
 * Message attributes of a message that Kubemend itself sends to a dead-letter queue. The body is the original message, byte
 * for byte (or only its first part, if redaction applies); the attributes say why it is there.
 * SQS allows ten attributes per message, and they count toward its size.
 */
export const DEAD_LETTER_REASON = "kubemend.reason";
export const DEAD_LETTER_CODE = "kubemend.code";
/** The function that gave up on it. */
export const DEAD_LETTER_FUNCTION = "kubemend.function";
/** MessageId of the original message. */
export const DEAD_LETTER_MESSAGE_ID = "kubemend.messageId";
