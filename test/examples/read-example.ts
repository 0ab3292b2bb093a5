import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { KubernetesObject } from "../../events/change.ts";

export const EXAMPLES: string = join(import.meta.dirname, "..", "..", "docs", "examples");

/** The numbered pipeline files, in their order. */
export function listExamples(): readonly string[] {
  return readdirSync(EXAMPLES)
    .filter((name) => name.endsWith(".yaml"))
    .toSorted();
}

/** An object beside the examples: of `01-x.yaml` these are `objects/01-matches.yaml` and `objects/01-does-not-match.yaml`. */
export function readExampleObject(
  example: string,
  name: "matches" | "does-not-match",
): KubernetesObject {
  const file = join(EXAMPLES, "objects", `${example.slice(0, 2)}-${name}.yaml`);
  return parse(readFileSync(file, "utf8")) as KubernetesObject;
}
