/** Problems that may pass without anybody's help. */
const PASSING: ReadonlySet<string> = new Set([
  "Unreachable",
  "Timeout",
  "Unavailable",
  "TooManyRequests",
  "Conflict",
]);

/** Whether the problem of this code may pass without anybody's help: the move is tried again until the deadline of a write. */
export function isPassing(code: string): boolean {
  return PASSING.has(code);
}
