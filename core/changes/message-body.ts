import { escapeForQueue } from "../text/escape-for-queue.ts";
import { hasMoreValues, CHANGE_MAX_VALUES } from "../../events/json-values.ts";
import type { ChangeMessage, KubernetesObject } from "../../events/change.ts";

/** etcd's default limit for an object is 1.5 MB. More is neither packed nor unpacked: it would be a decompression bomb. */
export const UNPACKED_MAX_BYTES: number = 4 * 1024 * 1024;

export type BodyLimits = {
  /** Largest body, in bytes of UTF-8. */
  readonly maxBytes: number;
  /** gzip, then base64. Passed in, as core does no such work. */
  readonly pack: (text: string) => string;
};

/**
 * The text of a message, within the limits of the queue and of its readers: uncompressed if it fits; else with `data` gzipped; else with
 * metadata only and `truncated: true`, so that the consumer reads the object from the cluster.
 */
export function toMessageBody(message: ChangeMessage, limits: BodyLimits): string {
  const plain = toWireText(message);
  if (hasMoreValues(plain, CHANGE_MAX_VALUES)) {
    return toMetadataBody(message, `the object has more than ${CHANGE_MAX_VALUES} values`, limits);
  }
  if (fits(plain, limits.maxBytes)) return plain;
  const packed = toPackedText(message, limits);
  if (packed !== undefined) return packed;
  return toMetadataBody(message, `the message is larger than ${limits.maxBytes} bytes`, limits);
}

function toPackedText(message: ChangeMessage, { maxBytes, pack }: BodyLimits): string | undefined {
  const { data, ...envelope } = message;
  const text = JSON.stringify(data);
  if (!fits(text, UNPACKED_MAX_BYTES)) return undefined;
  const packed = { ...envelope, datacontentencoding: "gzip", data_base64: pack(text) };
  const body = toWireText(packed);
  return fits(body, maxBytes) ? body : undefined;
}

function toMetadataBody(message: ChangeMessage, reason: string, { maxBytes }: BodyLimits): string {
  const body = toWireText(truncate(message, reason, message.data.object.metadata));
  const isReadable = fits(body, maxBytes) && !hasMoreValues(body, CHANGE_MAX_VALUES);
  return isReadable ? body : toTruncatedBody(message, reason);
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

/** The text of a message as the queue accepts it. */
export function toWireText(value: unknown): string {
  return escapeForQueue(JSON.stringify(value));
}

function fits(text: string, maxBytes: number): boolean {
  // A UTF-16 unit is at most three bytes of UTF-8, so most bodies need not be counted.
  return text.length * 3 <= maxBytes || Buffer.byteLength(text) <= maxBytes;
}
