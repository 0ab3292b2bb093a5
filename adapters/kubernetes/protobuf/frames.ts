import { KubemendError } from "../../../core/errors.ts";

/** Far above the largest object that an API server stores; a longer frame is not one of a watch. */
const FRAME_MAX_BYTES = 64 * 1024 * 1024;
const LENGTH_BYTES = 4;

/**
 * The frames of a stream of bytes: each is its length, four bytes in big-endian order, followed by that many bytes.
 * Frames and their lengths may be split between chunks anywhere. Bytes after the last whole frame belong to a cut connection, and
 * are dropped. Throws `Invalid` (terminal) for a frame over the limit.
 */
export async function* readFrames(
  chunks: AsyncIterable<Buffer>,
  maxBytes: number = FRAME_MAX_BYTES,
): AsyncGenerator<Buffer, void> {
  let begun: Buffer[] = [];
  let begunBytes = 0;
  let wanted = LENGTH_BYTES;
  for await (const chunk of chunks) {
    let from = 0;
    while (from < chunk.length) {
      if (begunBytes === 0) {
        const left = chunk.length - from;
        wanted = left < LENGTH_BYTES ? LENGTH_BYTES : readSize(chunk, from, maxBytes);
        if (left >= wanted) {
          yield chunk.subarray(from + LENGTH_BYTES, from + wanted);
          from += wanted;
          continue;
        }
      }
      const part = chunk.subarray(from, from + wanted - begunBytes);
      begun.push(part);
      begunBytes += part.length;
      from += part.length;
      if (begunBytes < wanted) continue;
      const frame = Buffer.concat(begun);
      // A length that was split is complete only now.
      wanted = readSize(frame, 0, maxBytes);
      begun = begunBytes < wanted ? [frame] : [];
      if (begunBytes < wanted) continue;
      begunBytes = 0;
      yield frame.subarray(LENGTH_BYTES);
    }
  }
}

/** Size of a frame including its length field. */
function readSize(bytes: Buffer, at: number, maxBytes: number): number {
  const length = bytes.readUInt32BE(at);
  if (length > maxBytes) throw tooLong(length, maxBytes);
  return LENGTH_BYTES + length;
}

function tooLong(length: number, maxBytes: number): KubemendError {
  const message = `a frame of the watch declares ${length} bytes, over the limit of ${maxBytes}`;
  return new KubemendError("Invalid", message, { retryable: false });
}
