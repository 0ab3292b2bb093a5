import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { compileExpression } from "../../core/cel/compile.ts";
import { findProjectRoot } from "../../sandbox/host/project-root.ts";
import { CEL_EXAMPLES } from "./reference/cel-page.ts";
import { ACTIONS } from "../../core/actions/registry.ts";
import { ACTIONS_WITH_SECTIONS } from "./reference/actions-page.ts";
import { createPages } from "./reference/create-pages.ts";
import { REASONS } from "./reference/phases.ts";
import { SETTINGS } from "./reference/settings.ts";

const ROOT = findProjectRoot();
const REFERENCE = join(ROOT, "docs", "reference");

/** The texts of all source files below these folders. */
function readSources(folders: readonly string[]): readonly string[] {
  return folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => /\.(?:ts|mjs|yml)$/.test(name))
      .map((name) => readFileSync(join(ROOT, folder, name), "utf8")),
  );
}

function findAll(texts: readonly string[], pattern: RegExp): readonly string[] {
  const found = texts.flatMap((text) => [...text.matchAll(pattern)].map((match) => match[1] ?? ""));
  return [...new Set(found)].toSorted();
}

describe("docs/reference", () => {
  test("has the pages that are generated, and no others", () => {
    const pages = createPages();
    expect(readdirSync(REFERENCE).toSorted()).toEqual(Object.keys(pages).toSorted());
    for (const [name, text] of Object.entries(pages)) {
      expect(squeeze(readFileSync(join(REFERENCE, name), "utf8"))).toBe(squeeze(text));
    }
  });

  test("has the rights and refusals of every action that changes the cluster", () => {
    const acting = Object.values(ACTIONS).filter(({ remediates }) => remediates);
    expect(ACTIONS_WITH_SECTIONS.toSorted()).toEqual(acting.map(({ name }) => name).toSorted());
  });

  test.each(CEL_EXAMPLES)("has an example that compiles: %s", (source) => {
    expect(compileExpression(source)).toMatchObject({ ok: true });
  });

  test("has every reason that the code gives, and no others", () => {
    const texts = readSources(["core", "functions", "adapters/kubernetes/remediation"]);
    const written = findAll(texts, /\b(?:reason|code): "([A-Z][A-Za-z]+)"/g);
    const parts = new Set(["Missing", "Unresolved", "Ambiguous"]);
    const undocumented = written.filter((one) => !parts.has(one) && !Object.hasOwn(REASONS, one));
    expect(undocumented).toEqual([]);
    const all = texts.join("\n");
    const unused = Object.keys(REASONS).filter(
      (reason) => !/^(?:Owner|Reference)/.test(reason) && !all.includes(`"${reason}"`),
    );
    expect(unused).toEqual([]);
  });

  test("has every environment variable that the code reads, and no others", () => {
    const texts = [
      ...readSources(["relay", "functions", "adapters", "cli", "infra", "sandbox"]),
      readFileSync(join(ROOT, "serverless.yml"), "utf8"),
    ];
    // The launcher sets this one for itself.
    const read = findAll(texts, /\b(KUBEMEND_[A-Z_]+[A-Z])\b/g).filter(
      (name) => name !== "KUBEMEND_LAUNCHED",
    );
    expect(SETTINGS.map(({ name }) => name).toSorted()).toEqual(read);
  });
});

/** The formatter may change white space, such as the width of columns. */
function squeeze(text: string): string {
  return text
    .replaceAll(/[ \t]+/g, " ")
    .replaceAll(/-{3,}/g, "---")
    .trim();
}
