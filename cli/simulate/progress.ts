import { createStatusLine, type StatusStream } from "../terminal/status-line.ts";

const BAR_LENGTH = 24;
/** A shorter run needs no progress bar. */
const FIRST_AFTER_MS = { terminal: 1_000, log: 10_000 };

export type ProgressState = { readonly bytes: number; readonly lines: number };

/** Shows on stderr how far a run is: a progress bar on a terminal, an occasional line elsewhere. */
export type Progress = {
  readonly update: (state: ProgressState) => void;
  /** Erases the bar, so that something else can be printed; the next update draws it again. */
  readonly clear: () => void;
};

/** `totalBytes` undefined: the length is unknown, as with standard input. */
export function createProgress(deps: {
  readonly stream: StatusStream;
  readonly nowMs: () => number;
  readonly totalBytes: number | undefined;
}): Progress {
  const { stream, nowMs, totalBytes } = deps;
  const startedAtMs = nowMs();
  const line = createStatusLine({ stream, nowMs, firstAfterMs: FIRST_AFTER_MS });
  return {
    update(state) {
      line.update(() => formatProgress(state, totalBytes, nowMs() - startedAtMs));
    },
    clear: line.clear,
  };
}

function formatProgress(
  { bytes, lines }: ProgressState,
  totalBytes: number | undefined,
  elapsedMs: number,
): string {
  const rate = Math.round(lines / Math.max(elapsedMs / 1000, 0.001));
  const counts = `${lines.toLocaleString("en")} lines, ${rate.toLocaleString("en")} lines/s`;
  if (totalBytes === undefined) return counts;
  // A file that is still being written may have grown.
  const share = totalBytes === 0 ? 1 : Math.min(bytes / totalBytes, 1);
  const full = Math.round(share * BAR_LENGTH);
  const bar = `${"#".repeat(full)}${"-".repeat(BAR_LENGTH - full)}`;
  return `[${bar}] ${Math.floor(share * 100)} %, ${counts}`;
}
