import { join } from "node:path";
import { readPatches, type Patch } from "../support/read-patches.ts";

/** A patch that takes one rule out of the code, and the test that must notice it. */
export type Break = Pick<Patch, "name" | "patchFile"> & {
  /** A sentence about the rule that is broken. */
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
  return readPatches(FOLDER, names).map(readBreak);
}

function readBreak({ name, patchFile, text }: Patch): Break {
  const { what, testFile, testName } = HEAD.exec(text)?.groups ?? {};
  if (what === undefined || testFile === undefined || testName === undefined) {
    throw new Error(`${patchFile} must begin with what is broken, "Test: " and "Fails: "`);
  }
  return { name, patchFile, what, testFile, testName };
}
