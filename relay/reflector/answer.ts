import { readBoundedJson } from "../../events/json.ts";
import { isKubemendError, KubemendError, describeError } from "../../core/errors.ts";
import { readBytes } from "../../adapters/kubernetes/http/json-body.ts";
import { decodeDocument } from "../../adapters/kubernetes/protobuf/documents.ts";
import type { KubernetesStream } from "../../adapters/kubernetes/http/client.ts";
import { isProtobuf } from "./encoding.ts";
import type { Ending } from "./ending.ts";
import { readOwn } from "../../core/json/read-json.ts";

/** A Status is short; a longer body comes from a proxy in between. */
const STATUS_MAX_BYTES = 256 * 1024;
const RETRY_AFTER_MAX_MS = 5 * 60_000;

/** The ending for a refusal. Reads and releases the body; never throws. */
export async function toAnswered(
  answer: KubernetesStream,
  verb: "get" | "list" | "watch",
): Promise<Ending> {
  let body: unknown = "";
  try {
    const bytes = await readBytes(answer.body, verb, STATUS_MAX_BYTES);
    body = isProtobuf(answer.headers) ? decodeOrText(bytes) : parseOrText(bytes.toString("utf8"));
  } catch {
    answer.body.destroy();
  }
  const retryAfterMs = readRetryAfterMs(body) ?? toRetryAfterMs(answer.headers["retry-after"]);
  return { type: "answered", verb, status: answer.status, body, retryAfterMs };
}

/** The ending for an ERROR event: it carries a Status, whose code takes the place of the HTTP status. */
export function toInStreamAnswer(status: unknown): Ending {
  const code = readOwn(status, "code");
  return {
    type: "answered",
    verb: "watch",
    status: typeof code === "number" ? code : 500,
    body: status,
    retryAfterMs: readRetryAfterMs(status),
  };
}

/** The ending for an error of the connection. */
export function toUnreachable(error: unknown, signal: AbortSignal): Ending {
  if (signal.aborted) return { type: "stopped" };
  if (isKubemendError(error)) return { type: "unreachable", error };
  const failure = new KubemendError("Unreachable", describeError(error), {
    retryable: true,
    cause: error,
  });
  return { type: "unreachable", error: failure };
}

/** The server's message, in one line. */
export function describeAnswer(body: unknown): string {
  const message = readOwn(body, "message");
  const text = typeof message === "string" ? message : typeof body === "string" ? body : "";
  return text.replace(/\s+/g, " ").trim().slice(0, 300);
}

function decodeOrText(bytes: Buffer): unknown {
  const decoded = decodeDocument(bytes);
  return decoded.ok ? decoded.value : bytes.toString("utf8");
}

function parseOrText(text: string): unknown {
  const read = readBoundedJson(text);
  return read.outcome === "read" ? read.value : text;
}

function readRetryAfterMs(status: unknown): number | undefined {
  const seconds = readOwn(readOwn(status, "details"), "retryAfterSeconds");
  return typeof seconds === "number" ? toBoundedMs(seconds) : undefined;
}

/** Seconds, or a date, which becomes a duration by our own clock: https://www.rfc-editor.org/rfc/rfc9110#name-retry-after */
function toRetryAfterMs(header: string | undefined): number | undefined {
  if (header === undefined || header === "") return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return toBoundedMs(seconds);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : toBoundedMs((date - Date.now()) / 1000);
}

function toBoundedMs(seconds: number): number | undefined {
  return seconds > 0 ? Math.min(seconds * 1000, RETRY_AFTER_MAX_MS) : undefined;
}
