import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readJson } from "../../../events/json.ts";
import type { CelAnswer, CelCase } from "./cel-oracle.ts";

const FOLDER = join(import.meta.dirname, "..", "..", "core", "cel", "kubernetes");

/** The expressions that are compared, in the order of the file. */
export function readCases(): readonly CelCase[] {
  const cases: CelCase[] = [];
  let on = "";
  for (const line of readFileSync(join(FOLDER, "expressions.txt"), "utf8").split("\n")) {
    if (line.startsWith("# ")) on = line.slice(2);
    else if (line !== "") cases.push({ on, expression: line });
  }
  return cases;
}

/** The API server's answers, and the objects as it saw them. */
export type Recorded = {
  readonly version: string;
  readonly objects: Readonly<Record<string, unknown>>;
  /** In the order of the cases. */
  readonly answers: readonly (CelAnswer & CelCase)[];
};

export const RECORDED_FILE: string = join(FOLDER, "answers.json");

export function readRecorded(): Recorded {
  const read = readJson(readFileSync(RECORDED_FILE, "utf8"));
  if (read.outcome !== "read") throw new Error(read.reason);
  return read.value as Recorded;
}

/** The objects as they are written for the API server. */
export function readObjects(): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  const read = readJson(readFileSync(join(FOLDER, "objects.json"), "utf8"));
  if (read.outcome !== "read") throw new Error(read.reason);
  return read.value as Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}
