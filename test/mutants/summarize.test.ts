import { join } from "node:path";
import type { MutantResult } from "@stryker-mutator/api/core";
import { expect, test } from "vitest";
import { summarize } from "./summarize.ts";

function toMutant(path: string, status: MutantResult["status"]): MutantResult {
  const position = { line: 1, column: 1 };
  return {
    id: "1",
    mutatorName: "BooleanLiteral",
    replacement: "false",
    fileName: join(process.cwd(), path),
    location: { start: position, end: position },
    status,
  };
}

test("the summary counts per folder, and the share of what is covered", () => {
  const mutants = [
    toMutant("core/b/b.ts", "Survived"),
    toMutant("core/a/a.ts", "Killed"),
    toMutant("core/a/a.ts", "Timeout"),
    toMutant("core/a/a.ts", "Survived"),
    toMutant("core/a/a.ts", "NoCoverage"),
    toMutant("core/a/a.ts", "Ignored"),
  ];
  expect(summarize(mutants).split("\n")).toEqual([
    "core/a: 66.7 % of 3 covered mutants killed, 1 survived, 1 not covered",
    "core/b: 0.0 % of 1 covered mutants killed, 1 survived, 0 not covered",
    "all: 50.0 % of 4 covered mutants killed, 2 survived, 1 not covered",
  ]);
});

test("nothing covered is said, and divides by nothing", () => {
  expect(summarize([toMutant("core/a/a.ts", "NoCoverage")])).toContain("nothing covered");
});
