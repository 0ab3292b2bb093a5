import { once } from "node:events";
import type { Writable } from "node:stream";

const CHUNK_LENGTH = 64 * 1024;

/** Writes a line for people, or its record for scripts. */
export type Report = (line: string, record: Readonly<Record<string, unknown>>) => void;

/** Writes lines in large chunks, and no faster than they are read, so that memory stays bounded. */
export type LineWriter = {
  readonly write: (line: string) => void;
  /** True if enough is buffered that `flush` is due. */
  readonly isFull: () => boolean;
  readonly flush: () => Promise<void>;
};

export function createLineWriter(stream: Writable): LineWriter {
  let pieces: string[] = [];
  let length = 0;
  return {
    write(line) {
      pieces.push(line, "\n");
      length += line.length + 1;
    },
    isFull: () => length >= CHUNK_LENGTH,
    async flush() {
      if (length === 0) return;
      const text = pieces.join("");
      pieces = [];
      length = 0;
      if (!stream.write(text)) await once(stream, "drain");
    },
  };
}
