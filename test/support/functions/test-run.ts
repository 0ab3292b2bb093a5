import type { Run } from "../../../functions/remediate/record/run.ts";

const RUN_MS = 30_000;

let runs = 0;

/** A run of its own that begins now (ms since the epoch), of a message that was received before. */
export function toTestRun(nowMs: number): Run & { readonly isRepeated: true } {
  runs += 1;
  return {
    holder: `test/${runs}`,
    deadlineMs: nowMs + RUN_MS,
    signal: new AbortController().signal,
    isRepeated: true,
  };
}
