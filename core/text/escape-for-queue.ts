/** Control characters, U+FFFE and U+FFFF, which SQS refuses, and surrogates: everything above U+FFFF, which emulators of SQS refuse. */
const REFUSED = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD]/g;

/**
 * JSON text that SQS accepts: every character that it refuses is written as a \u escape, which means the same inside a JSON
 * string. Text that is not JSON stays readable, but is not the same text any more. Idempotent.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
 */
export function escapeForQueue(text: string): string {
  return text.replace(REFUSED, toEscape);
}

function toEscape(unit: string): string {
  return String.raw`\u` + unit.charCodeAt(0).toString(16).padStart(4, "0");
}
