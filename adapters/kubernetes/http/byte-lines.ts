import { KubemendError } from "../../../core/errors.ts";

/** Far above the largest object that an API server stores; a longer line is not a watch event. */
const LINE_MAX_BYTES = 64 * 1024 * 1024;
const NEWLINE = 0x0a;

/**
 * The lines of a stream of bytes. Characters may be split between chunks: bytes are joined before they are decoded.
 * Bytes after the last newline are an incomplete line of a cut connection, and are dropped.
 * Throws `Invalid` (terminal) for a line over the limit.
 */
export async function* readLines(
  chunks: AsyncIterable<Buffer>,
  maxBytes: number = LINE_MAX_BYTES,
): AsyncGenerator<string, void> {
  let begun: Buffer[] = [];
  let begunBytes = 0;
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE, from); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      if (begun.length === 0) yield chunk.toString("utf8", from, end);
      else yield Buffer.concat([...begun, chunk.subarray(from, end)]).toString("utf8");
      begun = [];
      begunBytes = 0;
      from = end + 1;
    }
    if (from === chunk.length) continue;
    begun.push(chunk.subarray(from));
    begunBytes += chunk.length - from;
    if (begunBytes > maxBytes) {
      throw new KubemendError("Invalid", `a line of the watch is over ${maxBytes} bytes`, {
        retryable: false,
      });
    }
  }
}
