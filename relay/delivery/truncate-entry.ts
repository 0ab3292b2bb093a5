import { toTruncatedBody } from "../../core/changes/message-body.ts";
import type { KubemendError } from "../../core/errors.ts";
import { parseChangeBody } from "../../adapters/sqs/packed-data.ts";
import type { Entry, Rendered } from "./entry.ts";

/** The message without the object that the queue refuses; undefined if the object was left out already. */
export function truncateEntry({ rendered }: Entry, error: KubemendError): Rendered | undefined {
  const message = parseChangeBody(rendered.body);
  if (message.outcome === "refused" || message.value.data.truncated === true) return undefined;
  const reason = `the queue refused the object: ${error.message}`;
  return { ...rendered, body: toTruncatedBody(message.value, reason) };
}
