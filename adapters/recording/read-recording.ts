import type { ChangeMessage } from "../../events/change.ts";
import { parseChangeBody } from "../sqs/packed-data.ts";

/** Far above the limit of a queue (1 MiB); a longer line is skipped without being kept in memory. */
const LINE_MAX_BYTES = 16 * 1024 * 1024;
const NEWLINE = 0x0a;

/** A line of a recording, counted from 1. */
export type RecordedLine =
  | { readonly outcome: "read"; readonly line: number; readonly message: ChangeMessage }
  /** `newer`: a contract that this Kubemend does not know. */
  | {
      readonly outcome: "refused";
      readonly line: number;
      readonly code: string;
      readonly reason: string;
    };

export type RecordedBatch = {
  /** Parsed lazily, so that at most one line is in memory as an object. Can be iterated once. */
  readonly lines: Iterable<RecordedLine>;
  /** Bytes of the recording up to here. */
  readonly bytes: number;
};

/**
 * Reads a recording (JSON lines of contract 1), one batch per chunk of bytes, in bounded memory. Never throws because of its content:
 * a line that cannot be read is reported with its number, and reading continues. Empty lines are skipped. A chunk is not used any
 * more once the next one is requested, so its memory may be reused.
 */
export async function* readRecording(
  chunks: AsyncIterable<Uint8Array>,
  maxLineBytes: number = LINE_MAX_BYTES,
): AsyncGenerator<RecordedBatch, void> {
  let begun: Buffer[] = [];
  let begunBytes = 0;
  let line = 0;
  let bytes = 0;
  const end = (last: Buffer, isWhole: boolean): PendingLine => {
    line += 1;
    const isLong = begunBytes + last.length > maxLineBytes;
    const parts = isLong ? undefined : [...begun, last];
    begun = [];
    begunBytes = 0;
    return { line, isWhole, parts };
  };
  for await (const piece of chunks) {
    const chunk = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    const lines: PendingLine[] = [];
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, from)) {
      lines.push(end(chunk.subarray(from, at), true));
      from = at + 1;
    }
    begunBytes += chunk.length - from;
    // Only the length of a line that is too long is kept.
    if (begunBytes > maxLineBytes) begun = [];
    else if (from < chunk.length) begun.push(Buffer.from(chunk.subarray(from)));
    bytes += chunk.length;
    yield { lines: readLines(lines, maxLineBytes), bytes };
  }
  if (begunBytes === 0) return;
  yield { lines: readLines([end(Buffer.alloc(0), false)], maxLineBytes), bytes };
}

/** `parts` is undefined if the line is too long. */
type PendingLine = {
  readonly line: number;
  readonly isWhole: boolean;
  readonly parts: readonly Buffer[] | undefined;
};

function* readLines(
  pending: readonly PendingLine[],
  maxLineBytes: number,
): Generator<RecordedLine, void> {
  for (const { line, isWhole, parts } of pending) {
    const read =
      parts === undefined
        ? refuseLong(line, maxLineBytes)
        : parseLine(Buffer.concat(parts).toString(), line, isWhole);
    if (read !== undefined) yield read;
  }
}

function parseLine(text: string, line: number, isWhole: boolean): RecordedLine | undefined {
  if (text.trim() === "") return undefined;
  const parsed = parseChangeBody(text);
  if (parsed.outcome === "parsed") return { outcome: "read", line, message: parsed.value };
  const { code } = parsed;
  if (code === "newer") {
    const reason = "it was recorded by a newer Kubemend: upgrade this one";
    return { outcome: "refused", line, code, reason };
  }
  const reason = isWhole ? parsed.reason : `${parsed.reason} (the recording was cut off here)`;
  return { outcome: "refused", line, code, reason };
}

function refuseLong(line: number, maxBytes: number): RecordedLine {
  return { outcome: "refused", line, code: "malformed", reason: `longer than ${maxBytes} bytes` };
}
