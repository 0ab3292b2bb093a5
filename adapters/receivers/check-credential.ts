import { receiverError } from "./errors.ts";

/** https, or http to the machine itself, where nobody listens in. */
const ADDRESS = /^(?:https:\/\/|http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?:[:/]|$))/;

/** A stored text as an address. If it is none, the error is temporary, because no alert is at fault, and does not quote it. */
export function toAddress(text: string, about: string): string {
  if (ADDRESS.test(text) && URL.canParse(text)) return text;
  throw receiverError("ReceiverUnavailable", about, "what is stored is not an https:// address");
}

/** A stored text as it fits into a header. Throws in the same way: the error of the HTTP client would quote it. */
export function toHeaderText(text: string, about: string): string {
  if (/^[\x21-\x7E]+$/.test(text)) return text;
  const message = "what is stored is not a token: it has spaces, line breaks or other characters";
  throw receiverError("ReceiverUnavailable", about, message);
}
