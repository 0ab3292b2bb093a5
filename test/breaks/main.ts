import { execFileSync } from "node:child_process";
import { parseArgs } from "node:util";
import { describeError } from "../../core/errors.ts";
import { findProjectRoot } from "../../sandbox/host/project-root.ts";
import { copyTree } from "../chaos/world/tree-copy.ts";
import { readBreaks, type Break } from "./read-breaks.ts";
import { runTests } from "./run-tests.ts";

const USAGE = `npm run test:breaks              shows that every break turns its test red
npm run test:breaks -- NAME...   only these
npm run test:breaks -- --list    what there is
`;

type Verdict = { readonly isDetected: boolean; readonly text: string };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    list: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
// Folders are removed on exit.
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));
process.exitCode = run();

function run(): number {
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const breaks = readBreaks(positionals);
  if (values.list) {
    for (const { name, what } of breaks) console.log(`${name}: ${what}`);
    return 0;
  }
  const startedMs = performance.now();
  using tree = copyTree(findProjectRoot());
  const failed = findFailing(tree.path, breaks);
  if (failed.length > 0) {
    for (const { name, testFile, testName } of failed) {
      console.log(`${name}: without the break, "${testName}" of ${testFile} does not pass`);
    }
    return 1;
  }
  const undetected = breaks.filter((one) => {
    const { isDetected, text } = tryBreak(tree.path, one);
    console.log(`${isDetected ? "red  " : "GREEN"} ${one.name}: ${text}`);
    return !isDetected;
  });
  const seconds = Math.round((performance.now() - startedMs) / 1_000);
  const names = undetected.map(({ name }) => name).join(", ");
  const sum = undetected.length === 0 ? "each turned its test red" : `not detected: ${names}`;
  console.log(`${breaks.length} breaks in ${seconds} s; ${sum}`);
  return undetected.length === 0 ? 0 : 1;
}

/** The breaks whose test does not pass, or does not exist, in the tree as it is. */
function findFailing(tree: string, breaks: readonly Break[]): readonly Break[] {
  const runs = runTests(tree, [...new Set(breaks.map(({ testFile }) => testFile))]);
  return breaks.filter(({ testFile, testName }) => {
    const own = runs.filter(({ file, name }) => file === testFile && name.includes(testName));
    return own.length === 0 || own.some(({ hasPassed }) => !hasPassed);
  });
}

/** Applies the patch, runs its test, and reverts the patch. */
function tryBreak(tree: string, { patchFile, testFile, testName, what }: Break): Verdict {
  const apply = (...options: readonly string[]): void => {
    execFileSync("git", ["apply", ...options, patchFile], { cwd: tree, stdio: "pipe" });
  };
  try {
    apply();
  } catch (error) {
    return { isDetected: false, text: `the patch does not apply: ${describeError(error)}` };
  }
  try {
    const runs = runTests(tree, [testFile], testName);
    if (runs.length === 0) return { isDetected: false, text: "its test could not be loaded" };
    const isDetected = runs.some(({ hasPassed }) => !hasPassed);
    return { isDetected, text: isDetected ? what : `"${testName}" of ${testFile} still passes` };
  } finally {
    apply("-R");
  }
}
