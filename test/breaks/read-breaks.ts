import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A patch that takes one rule out of the code, and the test that must notice it. */
export type Break = {
  readonly name: string;
  readonly patchFile: string;
  /** What is broken, in a sentence. */
  readonly what: string;
  /** The file of the test, from the root of the project. */
  readonly testFile: string;
  /** A part of the name of the tests of which one must fail. */
  readonly testName: string;
};

const FOLDER = join(import.meta.dirname, "patches");
const HEAD = /^(?<what>[^\n]+)\nTest: (?<testFile>\S+)\nFails: (?<testName>[^\n]+)\n\n/;

/** The breaks of these names, or all of them. Throws if a patch has no head, or a name is not known. */
export function readBreaks(names: readonly string[] = []): readonly Break[] {
  const known = readdirSync(FOLDER)
    .filter((file) => file.endsWith(".patch"))
    .map((file) => file.slice(0, -".patch".length));
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new Error(`there is no break ${unknown}; there are: ${known.join(", ")}`);
  }
  return known.filter((name) => names.length === 0 || names.includes(name)).map(readBreak);
}

function readBreak(name: string): Break {
  const patchFile = join(FOLDER, `${name}.patch`);
  const { what, testFile, testName } = HEAD.exec(readFileSync(patchFile, "utf8"))?.groups ?? {};
  if (what === undefined || testFile === undefined || testName === undefined) {
    throw new Error(`${patchFile} must begin with what is broken, "Test: " and "Fails: "`);
  }
  return { name, patchFile, what, testFile, testName };
}
