import { expect, test } from "vitest";
import { parseChangedLines } from "./changed-lines.ts";

test("what a diff adds becomes ranges of lines, of files that can be mutated only", () => {
  const diff = [
    "diff --git a/core/a.ts b/core/a.ts",
    "--- a/core/a.ts",
    "+++ b/core/a.ts",
    "@@ -1 +1,3 @@",
    "+one",
    "@@ -10,2 +12,0 @@ only deleted",
    "@@ -20 +21 @@ function b() {",
    "diff --git a/test/core/a.test.ts b/test/core/a.test.ts",
    "+++ b/test/core/a.test.ts",
    "@@ -1 +1,3 @@",
    "diff --git a/relay/new.ts b/relay/new.ts",
    "--- /dev/null",
    "+++ b/relay/new.ts",
    "@@ -0,0 +1,40 @@",
  ].join("\n");
  expect(parseChangedLines(diff)).toEqual([
    "core/a.ts:1-3",
    "core/a.ts:21-21",
    "relay/new.ts:1-40",
  ]);
});

test("a diff that changes no source gives nothing", () => {
  expect(parseChangedLines("")).toEqual([]);
});
