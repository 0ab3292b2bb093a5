import { execFileSync } from "node:child_process";

/** Where code that is worth mutating stands. */
const MUTABLE = /^(events|core|adapters|relay|functions)\/.*\.ts$/u;

function git(...args: readonly string[]): string {
  return execFileSync("git", args, { encoding: "utf8" }).trim();
}

/**
 * The commit that this branch began at: the merge base with `main`. On `main` itself that would be the last commit, so there
 * its parent counts, and what has not been committed counts in any case.
 */
function findBase(): string {
  const head = git("rev-parse", "HEAD");
  const base = git("merge-base", "HEAD", "main");
  return base === head ? git("rev-parse", "HEAD~1") : base;
}

/**
 * The lines that a diff without context adds, as StrykerJS takes them: `path:first-last`. A hunk that only deletes adds
 * nothing, and no mutant stands there.
 */
export function parseChangedLines(diff: string): readonly string[] {
  const ranges: string[] = [];
  let path: string | undefined;
  for (const line of diff.split("\n")) {
    const file = /^\+\+\+ b\/(.+)$/u.exec(line)?.[1];
    if (file !== undefined) path = MUTABLE.test(file) ? file : undefined;
    const [, first, count = "1"] = /^@@ -\S+ \+(\d+)(?:,(\d+))? @@/u.exec(line) ?? [];
    if (path === undefined || first === undefined || count === "0") continue;
    ranges.push(`${path}:${first}-${Number(first) + Number(count) - 1}`);
  }
  return ranges;
}

/** What this branch changed, tracked files that are not committed yet included. */
export function readChangedLines(): readonly string[] {
  return parseChangedLines(
    git("diff", "--unified=0", "--no-renames", "--diff-filter=d", findBase()),
  );
}
