import { createInterface } from "node:readline";
import { unlessStopped } from "./stop-signal.ts";
import { writeError } from "./streams.ts";

/** Asks a question, and resolves with what was written; undefined: nobody is there to answer. */
export type Ask = ((text: string, fallback: string | undefined) => Promise<string>) | undefined;

/** Asks on the terminal; undefined if there is none. The questions are written to stderr. Rejects with the signal's reason. */
export function openAsk(
  isSilent: boolean,
  signal: AbortSignal,
): { readonly ask: Ask } & Disposable {
  if (isSilent || !process.stdin.isTTY) return { ask: undefined, [Symbol.dispose]() {} };
  // The terminal's own editing of lines: then Ctrl-C is a signal as everywhere else.
  const lines = createInterface({ input: process.stdin, terminal: false });
  const answers = lines[Symbol.asyncIterator]();
  return {
    async ask(text, fallback) {
      const hint = fallback === undefined || fallback === "" ? "" : ` [${fallback}]`;
      writeError(`${text}${hint}: `);
      const answer = await unlessStopped(answers.next(), signal);
      return answer.done === true ? "" : answer.value;
    },
    [Symbol.dispose]: () => lines.close(),
  };
}
