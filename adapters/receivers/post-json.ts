import { describeError } from "../../core/errors.ts";
import type { KubemendError } from "../../core/errors.ts";
import { hideCredentials } from "./hide-credentials.ts";
import { receiverError, toRetryAfterMs, type ReceiverCode } from "./errors.ts";

/** A receiver that does not answer within this time is asked again later. */
const REQUEST_TIMEOUT_MS = 5_000;
/** More of a refusal is not read. */
const REFUSAL_MAX_BYTES = 4 * 1024;

export type JsonRequest = {
  /** The receiver, in error messages: `receiver data-oncall (Slack)`. */
  readonly about: string;
  readonly url: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Texts that no error may quote: receivers repeat in their answers the request that they got. */
  readonly credentials: readonly string[];
  /** So much of the answer of a 2xx is read. Absent: nothing, because the status says all. */
  readonly answerMaxBytes?: number;
};

/**
 * Sends JSON by POST, and gives the beginning of the answer of a 2xx, if it is asked for. Redirects are not followed: an alert goes only where the pipeline
 * sends it. Throws `ReceiverUnreachable`, `ReceiverThrottled` (429), `ReceiverUnavailable` (408, 425, 5xx), which are temporary and have
 * the wait of Retry-After, and `ReceiverRefused` for any other answer. No error contains a credential.
 */
export async function postJson(request: JsonRequest, signal: AbortSignal): Promise<string> {
  const { about, url, body, headers = {}, credentials, answerMaxBytes = 0 } = request;
  const fail = (code: ReceiverCode, said: string, waitMs?: number): KubemendError =>
    receiverError(code, about, hideCredentials(said, credentials), waitMs);
  let response: Response;
  let answer: string;
  try {
    response = await fetch(url, {
      method: "POST",
      body,
      headers: { "content-type": "application/json; charset=utf-8", ...headers },
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]),
    });
    answer = await readBeginning(response, response.ok ? answerMaxBytes : REFUSAL_MAX_BYTES);
  } catch (error) {
    throw fail("ReceiverUnreachable", describeFailure(error, url));
  }
  if (response.ok) return answer;
  const { status } = response;
  const wait = toRetryAfterMs(response.headers.get("retry-after"), Date.now());
  const said = `it answered ${status}${answer.trim() === "" ? "" : `: ${answer.trim()}`}`;
  if (status === 429) throw fail("ReceiverThrottled", said, wait);
  if (status >= 500 || status === 408 || status === 425) {
    throw fail("ReceiverUnavailable", said, wait);
  }
  throw fail("ReceiverRefused", said);
}

/** The part of an answer that arrives in time: the status has said already whether the alert was taken. */
async function readBeginning({ body }: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    if (maxBytes === 0) await body?.cancel();
    else {
      for await (const chunk of body ?? []) {
        chunks.push(chunk as Uint8Array);
        bytes += (chunk as Uint8Array).length;
        if (bytes >= maxBytes) break;
      }
    }
  } catch {
    // Cut off, or too slow.
  }
  return Buffer.concat(chunks).subarray(0, maxBytes).toString("utf8");
}

/** `fetch failed` says nothing; its cause does. Neither may quote the address, which may be a credential. */
function describeFailure(error: unknown, url: string): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const said = describeError(cause).replaceAll(url, "its address");
  return error instanceof Error && error.name === "TimeoutError"
    ? `no answer within ${REQUEST_TIMEOUT_MS / 1000} s`
    : said;
}
