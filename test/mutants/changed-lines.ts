import { execFileSync } from "node:child_process";

/** Where code that is worth mutating stands. */
const MUTABLE = /^(events|core|adapters|relay|functions)\/.*\.ts$/u;

function git(...args: readonly string[]): string {
  return execFileSync("git", args, { encoding: "utf8" }).trim();
}

/**
 * The commit that this branch began at: its merge base with `main`, or on `main` itself with `origin/main`. If that is the last
 * commit, its parent counts: what the last commit changed.
 */
function findBase(): string {
  const head = git("rev-parse", "HEAD");
  const bases = ["main", "origin/main"].flatMap((branch) => findMergeBase(branch));
  return bases.find((base) => base !== head) ?? git("rev-parse", "HEAD~1");
}

function findMergeBase(branch: string): readonly string[] {
  const known = git(
    "for-each-ref",
    "--format=%(objectname)",
    `refs/heads/${branch}`,
    `refs/remotes/${branch}`,
  );
  return known === "" ? [] : [git("merge-base", "HEAD", branch)];
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
