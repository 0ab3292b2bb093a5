import { pino, type Logger } from "pino";

export type LoggedLine = {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
};

/** A logger that keeps its lines. */
export function createLineLogger(): { readonly log: Logger; readonly lines: LoggedLine[] } {
  const lines: LoggedLine[] = [];
  const options = {
    base: null,
    timestamp: false,
    formatters: { level: (level: string) => ({ level }) },
  };
  const log = pino(options, { write: (line: string) => void lines.push(JSON.parse(line)) });
  return { log, lines };
}
