import { expect, test } from "vitest";
import { readSource } from "../architecture/source-files.ts";

const MAX_TERMS = 40;

test(`GLOSSARY.md has at most ${MAX_TERMS} terms, each once, in alphabetical order`, () => {
  const terms = Array.from(
    readSource("GLOSSARY.md").matchAll(/^\| ([^|]+?) \|/gmu),
    ([, term = ""]) => term.toLowerCase(),
  ).filter((term) => term !== "term" && term !== "---");
  expect(terms.length).toBeGreaterThan(20);
  expect(terms.length).toBeLessThanOrEqual(MAX_TERMS);
  expect(terms).toEqual([...new Set(terms)].toSorted());
});
