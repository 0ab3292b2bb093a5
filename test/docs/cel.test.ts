import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { compileExpression } from "../../core/cel/compile.ts";
import { readCases, readRecorded } from "../support/kubernetes/cel-cases.ts";
import { answerByOurs, differs, writeAnswer } from "../support/kubernetes/cel-answers.ts";

const PAGE = readFileSync(join(import.meta.dirname, "..", "..", "docs", "cel.md"), "utf8");

/** The rows of the table below a heading, its cells without backticks. */
function readTable(heading: string): readonly (readonly string[])[] {
  const section = PAGE.split("\n## ").find((part) => part.startsWith(heading)) ?? "";
  return section
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .slice(2)
    .map((line) =>
      line
        .slice(2, -2)
        .split(/(?<!\\) \| /)
        .map((cell) => cell.replaceAll("\\|", "|").replace(/^`(.*)`$/, "$1")),
    );
}

const OBJECT = { spec: { replicas: 3, paused: null, labels: { app: "web" } }, list: [1, 2] };

describe("what may be missing", () => {
  test.each(readTable("What may be missing"))("%s gives %s", (source = "", expected = "") => {
    const compiled = compileExpression(source);
    if (!compiled.ok) throw new Error(compiled.error.message);
    const cluster = { name: "c", uid: "u" };
    const now = "2026-01-01T00:00:00.000Z";
    const answer = compiled.value.evaluate({ object: OBJECT, cluster, now });
    expect(answer.outcome === "value" ? String(answer.value) : answer.outcome).toBe(expected);
  });

  test("the table has examples", () => {
    expect(readTable("What may be missing").length).toBeGreaterThan(25);
  });
});

test("the table of differences has each expression that differs, with both answers, and no other", () => {
  const recorded = readRecorded();
  const differing = recorded.answers.filter((one) => differs(one, answerByOurs(one, recorded)));
  const expected = differing.map((one) => [
    one.expression,
    writeAnswer(one),
    writeAnswer(answerByOurs(one, recorded)),
  ]);
  const unique = [...new Map(expected.map((row) => [row[0], row])).values()];
  const written = readTable("What differs from Kubernetes").map((row) => row.slice(0, 3));
  expect(written.toSorted(byExpression)).toEqual(unique.toSorted(byExpression));
});

function byExpression([a = ""]: readonly string[], [b = ""]: readonly string[]): number {
  return a < b ? -1 : Number(a > b);
}

test("the page states how many expressions are compared", () => {
  expect(PAGE).toContain(`${readCases().length.toLocaleString("en")} expressions are evaluated`);
});
