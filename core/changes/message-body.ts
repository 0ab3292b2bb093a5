import { escapeForQueue } from "../text/escape-for-queue.ts";
import type { ChangeMessage, KubernetesObject } from "../../events/change.ts";

export type BodyLimits = {
  /** Largest body, in bytes of UTF-8. */
  readonly maxBytes: number;
  /** gzip, then base64. Passed in, as core does no such work. */
  readonly pack: (text: string) => string;
};

/**
 * The text of a message, within the limit: uncompressed if it fits; else with `data` gzipped; else with metadata only and
 * `truncated: true`, so that the consumer reads the object from the cluster.
 */
export function toMessageBody(message: ChangeMessage, limits: BodyLimits): string {
  const plain = toWireText(message);
  if (fits(plain, limits.maxBytes)) return plain;
  const packed = toWireText(toPacked(message, limits.pack));
  if (fits(packed, limits.maxBytes)) return packed;
  const reason = `the message is larger than ${limits.maxBytes} bytes`;
  const metadata = toWireText(truncate(message, reason, message.data.object.metadata));
  if (fits(metadata, limits.maxBytes)) return metadata;
  return toTruncatedBody(message, reason);
}

/** The text of a message that carries only the identity of the object, for messages that the queue will never accept otherwise. */
export function toTruncatedBody(message: ChangeMessage, reason: string): string {
  const { name, uid, namespace } = message.data.object.metadata;
  const identity = { name, uid, ...(namespace === undefined ? {} : { namespace }) };
  return toWireText(truncate(message, reason, identity));
}

function truncate(
  message: ChangeMessage,
  reason: string,
  metadata: KubernetesObject["metadata"],
): ChangeMessage {
  const { apiVersion, kind } = message.data.object;
  return {
    ...message,
    data: { ...message.data, truncated: true, reason, object: { apiVersion, kind, metadata } },
  };
}

function toPacked(message: ChangeMessage, pack: BodyLimits["pack"]): unknown {
  const { data, ...envelope } = message;
  return {
    ...envelope,
    datacontentencoding: "gzip",
    data_base64: pack(JSON.stringify(data)),
  };
}

/** The text of a message as the queue accepts it. */
export function toWireText(value: unknown): string {
  return escapeForQueue(JSON.stringify(value));
}

function fits(text: string, maxBytes: number): boolean {
  // A UTF-16 unit is at most three bytes of UTF-8, so most bodies need not be counted.
  return text.length * 3 <= maxBytes || Buffer.byteLength(text) <= maxBytes;
}
