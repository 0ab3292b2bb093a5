import { fitToWidth } from "./streams.ts";

const TERMINAL_INTERVAL_MS = 200;
/** In a log an occasional line is enough. */
const LOG_INTERVAL_MS = 10_000;

/** A part of process.stderr. */
export type StatusStream = {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly write: (text: string) => unknown;
};

/** Shows how far a long run is: one line that is rewritten on a terminal, an occasional new line elsewhere. */
export type StatusLine = {
  /** Shows the text, unless the previous one is too recent. */
  readonly update: (toText: () => string) => void;
  /** Erases the line, so that something else can be printed; the next update draws it again. */
  readonly clear: () => void;
};

/** `firstAfterMs`: how long to wait before the first text on a terminal, and elsewhere. */
export function createStatusLine(deps: {
  readonly stream: StatusStream;
  readonly nowMs: () => number;
  readonly firstAfterMs: { readonly terminal: number; readonly log: number };
}): StatusLine {
  const { stream, nowMs, firstAfterMs } = deps;
  const isTerminal = stream.isTTY === true;
  let dueAtMs = nowMs() + (isTerminal ? firstAfterMs.terminal : firstAfterMs.log);
  let isDrawn = false;
  return {
    update(toText) {
      const now = nowMs();
      if (now < dueAtMs) return;
      dueAtMs = now + (isTerminal ? TERMINAL_INTERVAL_MS : LOG_INTERVAL_MS);
      const text = toText();
      stream.write(isTerminal ? `\r\u001B[2K${fitToWidth(text, stream.columns)}` : `${text}\n`);
      isDrawn = isTerminal;
    },
    clear() {
      if (isDrawn) stream.write("\r\u001B[2K");
      isDrawn = false;
    },
  };
}
