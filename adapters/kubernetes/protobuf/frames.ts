import { KubemendError } from "../../../core/errors.ts";

/** Far above the largest object that an API server stores; what is longer is no frame of a watch. */
const FRAME_MAX_BYTES = 64 * 1024 * 1024;
const LENGTH_BYTES = 4;

/**
 * The frames of a stream of bytes: each is its length, four bytes of which the first is the highest, and as many bytes.
 * Frames, and their lengths, may be cut between chunks anywhere. What follows the last whole frame is that of a cut
 * connection, and is left out. Throws `Invalid` (terminal) for a frame over the limit.
 */
export async function* readFrames(
  chunks: AsyncIterable<Buffer>,
  maxBytes: number = FRAME_MAX_BYTES,
): AsyncGenerator<Buffer, void> {
  let begun: Buffer[] = [];
  let begunBytes = 0;
  let wanted = LENGTH_BYTES;
  for await (const chunk of chunks) {
    begun.push(chunk);
    begunBytes += chunk.length;
    if (begunBytes < wanted) continue;
    const bytes = begun.length === 1 ? chunk : Buffer.concat(begun);
    let from = 0;
    for (;;) {
      wanted = LENGTH_BYTES;
      if (bytes.length - from < wanted) break;
      const length = bytes.readUInt32BE(from);
      if (length > maxBytes) throw tooLong(length, maxBytes);
      wanted += length;
      if (bytes.length - from < wanted) break;
      yield bytes.subarray(from + LENGTH_BYTES, from + wanted);
      from += wanted;
    }
    begun = from === bytes.length ? [] : [bytes.subarray(from)];
    begunBytes = bytes.length - from;
  }
}

function tooLong(length: number, maxBytes: number): KubemendError {
  const message = `a frame of the watch says that it has ${length} bytes, and the limit is ${maxBytes}`;
  return new KubemendError("Invalid", message, { retryable: false });
}
