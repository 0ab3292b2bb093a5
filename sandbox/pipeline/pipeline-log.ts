import { closeSync, existsSync, openSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import { createFolder } from "../../adapters/create-folder.ts";

/** The parts of the pipeline that write log lines. */
export const LOG_PARTS = [
  "relay",
  "normalize",
  "remediate",
  "transfer",
  "notify",
  "sweep",
] as const;

/** At this size the file is renamed to `.previous`, and a new one begins. */
const MAX_BYTES = 64 * 1024 * 1024;

/** The log of relay and functions, one file: each line begins with the part that wrote it, and a space. */
export type PipelineLog = {
  /** Written at once: `sandbox logs -f` shows it. */
  readonly write: (part: string, line: string) => void;
  readonly close: () => void;
};

/** The path of the log in a sandbox's folder. */
export function toPipelineLogFile(dataDir: string): string {
  return join(dataDir, "logs", "pipeline.log");
}

/** Begins the log of a sandbox; that of its previous start becomes `.previous`. */
export function openPipelineLog(dataDir: string, maxBytes: number = MAX_BYTES): PipelineLog {
  const file = toPipelineLogFile(dataDir);
  createFolder(join(dataDir, "logs"), 0o700);
  let bytes = 0;
  const open = (): number => {
    if (existsSync(file)) renameSync(file, `${file}.previous`);
    bytes = 0;
    return openSync(file, "a", 0o600);
  };
  let descriptor = open();
  let isOpen = true;
  return {
    write(part, line) {
      if (!isOpen) return;
      if (bytes >= maxBytes) {
        closeSync(descriptor);
        descriptor = open();
      }
      bytes += writeSync(descriptor, `${part} ${line}\n`);
    },
    close() {
      if (isOpen) closeSync(descriptor);
      isOpen = false;
    },
  };
}
