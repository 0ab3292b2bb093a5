import { createInterface } from "node:readline/promises";
import type { Ask } from "./answers.ts";

/** Asks on the terminal; undefined if there is none. The questions are written to stderr. */
export function openAsk(
  isSilent: boolean,
  signal: AbortSignal,
): { readonly ask: Ask } & Disposable {
  if (isSilent || !process.stdin.isTTY) return { ask: undefined, [Symbol.dispose]() {} };
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  return {
    ask: (text, fallback) => {
      const hint = fallback === undefined || fallback === "" ? "" : ` [${fallback}]`;
      return lines.question(`${text}${hint}: `, { signal });
    },
    [Symbol.dispose]: () => lines.close(),
  };
}
