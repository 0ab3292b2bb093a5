const BAR_LENGTH = 24;
/** Before that, a run is over before anybody wonders. */
const QUIET_MS = 1_000;
const TERMINAL_PAUSE_MS = 200;
/** In a log, a line now and then is enough. */
const LOG_PAUSE_MS = 10_000;

export type ProgressState = { readonly bytes: number; readonly lines: number };

/** Tells on stderr how far a run is: a bar on a terminal, now and then a line elsewhere. */
export type Progress = {
  readonly update: (state: ProgressState) => void;
  /** Takes the bar away, so that something else can be written; the next update draws it again. */
  readonly clear: () => void;
};

/** `totalBytes` undefined: of unknown length, as standard input is. */
export function createProgress(deps: {
  readonly stream: {
    readonly isTTY?: boolean | undefined;
    readonly write: (text: string) => unknown;
  };
  readonly nowMs: () => number;
  readonly totalBytes: number | undefined;
}): Progress {
  const { stream, nowMs, totalBytes } = deps;
  const isTerminal = stream.isTTY === true;
  const startedAtMs = nowMs();
  let dueAtMs = startedAtMs + (isTerminal ? QUIET_MS : LOG_PAUSE_MS);
  let isDrawn = false;
  return {
    update(state) {
      const now = nowMs();
      if (now < dueAtMs) return;
      dueAtMs = now + (isTerminal ? TERMINAL_PAUSE_MS : LOG_PAUSE_MS);
      const text = formatProgress(state, totalBytes, now - startedAtMs);
      stream.write(isTerminal ? `\r\u001B[2K${text}` : `${text}\n`);
      isDrawn = isTerminal;
    },
    clear() {
      if (!isDrawn) return;
      stream.write("\r\u001B[2K");
      isDrawn = false;
    },
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
  // A file that is being written to may have grown.
  const share = totalBytes === 0 ? 1 : Math.min(bytes / totalBytes, 1);
  const full = Math.round(share * BAR_LENGTH);
  const bar = `${"#".repeat(full)}${"-".repeat(BAR_LENGTH - full)}`;
  return `[${bar}] ${Math.floor(share * 100)} %, ${counts}`;
}
