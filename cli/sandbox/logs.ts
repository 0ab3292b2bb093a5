import { closeSync, existsSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { StringDecoder } from "node:string_decoder";
import { KubemendError } from "../../core/errors.ts";
import { sleep } from "../../sandbox/host/sleep.ts";
import { toPipelineLogFile } from "../../sandbox/pipeline/pipeline-log.ts";
import { toPrintable } from "../../core/text/printable.ts";
import { writeOutput } from "../terminal/streams.ts";
import { toDataDirOption } from "./data-dir-option.ts";
import { formatLogLine } from "./format-log-line.ts";

const LOOK_EVERY_MS = 200;
const CHUNK_BYTES = 64 * 1024;

export type LogsOptions = {
  readonly dataDir: string;
  /** Only the lines of this part. */
  readonly part: string | undefined;
  /** Continues with the lines that are written from now on, until the signal aborts. */
  readonly follow: boolean;
  /** Prints the lines as they were written, records of metrics included. */
  readonly json: boolean;
};

/** Prints the log lines of relay and functions since the sandbox's start, for people or as they were written. */
export async function showLogs(options: LogsOptions, signal: AbortSignal): Promise<void> {
  const { dataDir, follow } = options;
  const file = toPipelineLogFile(dataDir);
  if (!existsSync(file)) {
    throw new KubemendError(
      "Unavailable",
      `There are no logs in ${dataDir}: no sandbox with a pipeline has run there. Start one with \`npx kubemend sandbox up${toDataDirOption(dataDir)}\`.`,
      { retryable: false },
    );
  }
  let tail = openTail(file);
  try {
    for (;;) {
      for (const line of tail.read()) printLine(line, options);
      if (!follow || signal.aborted) return;
      await sleep(LOOK_EVERY_MS, signal);
      if (!tail.isReplaced()) continue;
      for (const line of tail.read()) printLine(line, options);
      tail.close();
      tail = openTail(file);
    }
  } finally {
    tail.close();
  }
}

/** As it was written, a line begins with its part, which is left out if the part was named. */
function printLine(line: string, { part, json }: LogsOptions): void {
  const end = line.indexOf(" ");
  const writer = line.slice(0, end);
  if (part !== undefined && writer !== part) return;
  const text = line.slice(end + 1);
  const shown = json ? toPrintable(part === undefined ? line : text) : formatLogLine(writer, text);
  if (shown !== undefined) writeOutput(`${shown}\n`);
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
