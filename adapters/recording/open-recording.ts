import { open, type FileHandle } from "node:fs/promises";
import { describeError, KubemendError } from "../../core/errors.ts";

const NEWLINE = 0x0a;

/** A file that changes are appended to, one per line. */
export type Recording = {
  /** Resolves once the lines are written, in one piece and in the order of the calls: a process that is killed afterwards loses none. */
  readonly append: (bodies: readonly string[]) => Promise<void>;
  /** Waits for pending writes, and flushes them to the disk. */
  readonly close: () => Promise<void>;
};

/**
 * Opens a recording to append to; a new file is readable by its owner only. An incomplete last line of an earlier run stays a line
 * of its own. Throws `Invalid` (terminal) if the file cannot be opened or written.
 */
export async function openRecording(path: string): Promise<Recording> {
  const file = await guard(path, () => open(path, "a+", 0o600));
  const separator = (await isCutOff(file)) ? "\n" : "";
  let pending: Promise<void> = Promise.resolve();
  const write = (text: string): Promise<void> => {
    const written = pending.then(() => guard(path, () => file.appendFile(text)));
    pending = written.catch(() => {});
    return written;
  };
  if (separator !== "") await write(separator);
  return {
    append: (bodies) => write(bodies.map((body) => `${body}\n`).join("")),
    async close() {
      await pending;
      await file.datasync().catch(() => {});
      await file.close();
    },
  };
}

async function isCutOff(file: FileHandle): Promise<boolean> {
  const { size } = await file.stat();
  if (size === 0) return false;
  const { buffer, bytesRead } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return bytesRead === 1 && buffer[0] !== NEWLINE;
}

async function guard<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw new KubemendError("Invalid", `cannot write the recording: ${describeError(error)}`, {
      retryable: false,
      cause: error,
    });
  }
}
