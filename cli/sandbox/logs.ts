import { closeSync, existsSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { StringDecoder } from "node:string_decoder";
import { KubemendError } from "../../core/errors.ts";
import { sleep } from "../../sandbox/host/sleep.ts";
import { toPipelineLogFile } from "../../sandbox/pipeline/pipeline-log.ts";
import { toPrintable } from "../../core/text/printable.ts";
import { writeOutput } from "../terminal/streams.ts";

const LOOK_EVERY_MS = 200;
const CHUNK_BYTES = 64 * 1024;

export type LogsOptions = {
  readonly dataDir: string;
  /** Only the lines of this part. */
  readonly part: string | undefined;
  /** Continues with the lines that are written from now on, until the signal aborts. */
  readonly follow: boolean;
};

/** Prints the log lines of relay and functions since the sandbox's start; each begins with its part, unless one part is named. */
export async function showLogs(options: LogsOptions, signal: AbortSignal): Promise<void> {
  const { dataDir, part, follow } = options;
  const file = toPipelineLogFile(dataDir);
  if (!existsSync(file)) {
    throw new KubemendError(
      "Unavailable",
      `There are no logs in ${dataDir}: no sandbox with a pipeline has run there. Start one with \`kubemend sandbox up\`.`,
      { retryable: false },
    );
  }
  let tail = openTail(file);
  try {
    for (;;) {
      for (const line of tail.read()) printLine(line, part);
      if (!follow || signal.aborted) return;
      await sleep(LOOK_EVERY_MS, signal);
      if (!tail.isReplaced()) continue;
      for (const line of tail.read()) printLine(line, part);
      tail.close();
      tail = openTail(file);
    }
  } finally {
    tail.close();
  }
}

function printLine(line: string, part: string | undefined): void {
  if (part === undefined) writeOutput(`${toPrintable(line)}\n`);
  else if (line.startsWith(`${part} `)) {
    writeOutput(`${toPrintable(line.slice(part.length + 1))}\n`);
  }
}

type Tail = {
  /** The complete lines that were written since the last call. */
  readonly read: () => Iterable<string>;
  /** Whether a new file has taken its place, as when the sandbox starts again. */
  readonly isReplaced: () => boolean;
  readonly close: () => void;
};

function openTail(file: string): Tail {
  const descriptor = openSync(file, "r");
  const { ino } = fstatSync(descriptor);
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  const decoder = new StringDecoder("utf8");
  let rest = "";
  return {
    *read() {
      for (;;) {
        const bytes = readSync(descriptor, buffer, 0, CHUNK_BYTES, null);
        if (bytes === 0) return;
        const lines = (rest + decoder.write(buffer.subarray(0, bytes))).split("\n");
        rest = lines.pop() ?? "";
        yield* lines;
      }
    },
    isReplaced: () => statSync(file, { throwIfNoEntry: false })?.ino !== ino && existsSync(file),
    close: () => closeSync(descriptor),
  };
}
