import { posix } from "node:path";
import type { MutantResult } from "@stryker-mutator/api/core";

/** Counts per folder, and the share of the covered mutants that the tests killed. */
export function summarize(mutants: readonly MutantResult[]): string {
  const byFolder = Object.groupBy(mutants, ({ fileName }) => posix.dirname(fileName));
  const lines = Object.entries(byFolder)
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([folder, of = []]) => toLine(posix.relative(process.cwd(), folder), of));
  return [...lines, toLine("all", mutants)].join("\n");
}

function toLine(name: string, mutants: readonly MutantResult[]): string {
  const count = (...wanted: readonly MutantResult["status"][]): number =>
    mutants.filter(({ status }) => wanted.includes(status)).length;
  const killed = count("Killed", "Timeout");
  const survived = count("Survived");
  const covered = killed + survived;
  const share = covered === 0 ? "nothing covered" : `${((100 * killed) / covered).toFixed(1)} %`;
  return `${name}: ${share} of ${covered} covered mutants killed, ${survived} survived, ${count("NoCoverage")} not covered`;
}
