import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

/** A test that has run, by its name with those of the groups around it. */
export type TestRun = {
  readonly file: string;
  readonly name: string;
  readonly hasPassed: boolean;
};

/** The report of Vitest for machines, as far as it is read. */
type Report = {
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
};

/** A test that waits for what a break has taken away fails at this time. */
const TEST_TIMEOUT_MS = 20_000;

/**
 * Runs the unit tests of some files of a tree, only those whose name contains `name` if it is given. A file that cannot be loaded has no
 * test that ran.
 */
export function runTests(
  tree: string,
  files: readonly string[],
  name?: string,
): readonly TestRun[] {
  const reportFile = join(tree, "dist", "breaks-report.json");
  rmSync(reportFile, { force: true });
  const filter = name === undefined ? [] : ["-t", RegExp.escape(name)];
  const vitest = join(tree, "node_modules", "vitest", "vitest.mjs");
  const options = ["--project", "unit", "--testTimeout", String(TEST_TIMEOUT_MS)];
  const report = ["--reporter", "json", "--outputFile", reportFile];
  const args = [vitest, "run", ...options, ...report, ...filter, ...files];
  const { stderr } = spawnSync(process.execPath, args, { cwd: tree, encoding: "utf8" });
  if (!existsSync(reportFile)) throw new Error(`the tests did not run: ${stderr.slice(-2_000)}`);
  const { testResults } = JSON.parse(readFileSync(reportFile, "utf8")) as Report;
  return testResults.flatMap(({ name: path, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === "passed" || status === "failed")
      .map(({ fullName, status }) => ({
        file: path.slice(tree.length + 1),
        name: fullName,
        hasPassed: status === "passed",
      })),
  );
}
