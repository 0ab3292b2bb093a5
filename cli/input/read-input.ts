import { open } from "node:fs/promises";
import type { Readable } from "node:stream";
import { describeFileError } from "../../adapters/describe-file-error.ts";
import { KubemendError } from "../../core/errors.ts";

/** Enough for a LIST of every object of a large cluster; anything larger should be split into several files. */
const MAX_BYTES = 256 * 1024 * 1024;

/** The text of a file, or of stdin for `-`. Throws a KubemendError if it cannot be read, is too large or is not UTF-8. */
export async function readInput(file: string, stdin: Readable): Promise<string> {
  try {
    if (file === "-") return await readText(stdin, "standard input");
    await using handle = await open(file, "r");
    return await readText(handle.createReadStream({ autoClose: false }), file);
  } catch (error) {
    if (error instanceof KubemendError) throw error;
    throw refuse(`cannot read ${file}: ${describeFileError(error)}`);
  }
}

/** The text of a stream; `name` is that of the input in messages. Throws as `readInput` does. */
export async function readText(stream: AsyncIterable<Uint8Array>, name: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > MAX_BYTES) throw refuse(`${name} is larger than ${MAX_BYTES} bytes: split it`);
    // The stream may use the memory of a chunk again.
    chunks.push(Buffer.from(chunk));
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw refuse(`${name} is not UTF-8 text`);
  }
}

function refuse(message: string): KubemendError {
  return new KubemendError("Invalid", message, { retryable: false });
}
