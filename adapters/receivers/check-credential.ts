import { receiverError } from "./errors.ts";

/** https, or http to the machine itself, where nobody listens in. */
const ADDRESS = /^(?:https:\/\/|http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?:[:/]|$))/;

/** Fewer bytes than this are no key: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
const KEY_MIN_BYTES = 24;
const KEY_PREFIX = "whsec_";
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;

/** A stored text as an address. If it is none, the error is temporary, because no alert is at fault, and does not quote it. */
export function toAddress(text: string, about: string): string {
  // An address loses its line breaks when it is parsed.
  if (ADDRESS.test(text) && !/\s/.test(text) && URL.canParse(text)) return text;
  throw toError(about, `is not an https:// address${describeSlip(text)}`);
}

/** A stored text as it fits into a header. Throws in the same way: the error of the HTTP client would quote it. */
export function toHeaderText(text: string, about: string): string {
  if (/^[\x21-\x7E]+$/.test(text) && !isWrapped(text)) return text;
  throw toError(
    about,
    `is not a token: it has spaces, quotes, line breaks or other characters${describeSlip(text)}`,
  );
}

/**
 * The bytes of a key that signs requests: base64 after `whsec_`, otherwise the text itself. Throws in the same way, also if it is too short:
 * anybody could sign with an empty key.
 */
export function toSigningKey(text: string, about: string): Buffer {
  if (!text.startsWith(KEY_PREFIX)) return checkKey(Buffer.from(text, "utf8"), text, about);
  const encoded = text.slice(KEY_PREFIX.length);
  if (!BASE64.test(encoded)) throw toError(about, `is not base64 after ${KEY_PREFIX}`);
  return checkKey(Buffer.from(encoded, "base64"), text, about);
}

function checkKey(key: Buffer, text: string, about: string): Buffer {
  if (isWrapped(text)) throw toError(about, `is not a key${describeSlip(text)}`);
  if (key.length >= KEY_MIN_BYTES) return key;
  const size = `has ${key.length} bytes`;
  throw toError(about, `is too short for a key: it ${size}, and needs at least ${KEY_MIN_BYTES}`);
}

function isWrapped(text: string): boolean {
  return /^["'{[]/.test(text);
}

/** The usual mistakes, described without a character of the stored text. */
function describeSlip(text: string): string {
  if (/^[{[]/.test(text)) return ": it is JSON; store the text alone";
  if (/^["']/.test(text)) return ": it is in quotes; store the text alone";
  if (/[\r\n]/.test(text)) return ": it has several lines";
  if (text.startsWith("http://")) return ": it begins with http://";
  return "";
}

function toError(about: string, what: string): Error {
  return receiverError("ReceiverUnavailable", about, `the stored text ${what}`);
}
