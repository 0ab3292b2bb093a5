import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { resolveReference } from "../../../core/references/resolve.ts";
import type { ReferenceResult } from "../../../events/reference.ts";
import { toCatalog, type Served } from "./served.ts";

type Case = {
  readonly id: string;
  readonly note: string;
  readonly carrier: unknown;
  readonly field: string;
  readonly reference: unknown;
  readonly served: Served;
  readonly expect?: ReferenceResult;
  readonly expectAny?: readonly ReferenceResult[];
};

const cases = JSON.parse(
  readFileSync(new URL("data/corpus.json", import.meta.url), "utf8"),
) as readonly Case[];

describe("the corpus of references seen in the field", () => {
  test("has all of its cases", () => {
    expect(cases).toHaveLength(138);
    expect(new Set(cases.map((one) => one.id)).size).toBe(138);
  });

  test.each(cases)("$id: $note", (one) => {
    expect(toAnswers(one, "discovery")).toContainEqual(resolve(one, "discovery"));
  });

  test.each(cases)("$id, with the built-in table", (one) => {
    expect(toAnswers(one, "builtin")).toContainEqual(resolve(one, "builtin"));
  });
});

function resolve(one: Case, source: "discovery" | "builtin"): unknown {
  const result = resolveReference(one, toCatalog(one.served, source));
  if (result.outcome === "unresolved") {
    return { ...result, candidates: result.candidates.toSorted() };
  }
  const { uid: _, ...rest } = result;
  return rest;
}

function toAnswers(one: Case, source: "discovery" | "builtin"): readonly unknown[] {
  const answers = one.expectAny ?? (one.expect === undefined ? [] : [one.expect]);
  return answers.map((answer) => {
    if (answer.outcome === "unresolved") {
      return { ...answer, candidates: answer.candidates.toSorted() };
    }
    return source === "builtin" && answer.provenance === "discovery"
      ? { ...answer, provenance: "builtin" }
      : answer;
  });
}
