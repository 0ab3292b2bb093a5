import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, expect, it, test } from "vitest";
import { AREAS } from "../../layers.ts";
import { listSourceFiles, ROOT } from "../architecture/source-files.ts";
import { findFileNames, findLinks, findNamedPaths } from "./named-paths.ts";

const DOCUMENTS = [
  "README.md",
  "ARCHITECTURE.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "GLOSSARY.md",
  ...globSync("docs/**/*.md", { cwd: ROOT }).toSorted(),
];
const FILE_NAMES = new Set(
  [
    ...globSync("*", { cwd: ROOT }),
    ...globSync(`{${AREAS.flat().join(",")},docs}/**/*.*`, { cwd: ROOT }),
  ].map((path) => basename(path)),
);

/** With `*` in it, a path is there if something matches. */
function exists(path: string): boolean {
  return path.includes("*")
    ? globSync(path, { cwd: ROOT }).length > 0
    : existsSync(join(ROOT, path));
}

function read(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

describe.each(DOCUMENTS)("%s", (document) => {
  it("names only paths that exist", () => {
    expect(findNamedPaths(read(document)).filter((path) => !exists(path))).toEqual([]);
  });

  it("links only to files that exist", () => {
    const isMissing = (target: string): boolean => !exists(join(dirname(document), target));
    expect(findLinks(read(document)).filter(isMissing)).toEqual([]);
  });

  it("names only files that exist", () => {
    expect(findFileNames(read(document)).filter((name) => !FILE_NAMES.has(name))).toEqual([]);
  });
});

test("ARCHITECTURE.md names every folder of the source, or a file in it", () => {
  const named = new Set(
    findNamedPaths(read("ARCHITECTURE.md")).map((path) =>
      /\.\w+$/u.test(path) ? dirname(path) : path.replace(/\/$/u, ""),
    ),
  );
  const files = listSourceFiles([
    "events",
    "core",
    "adapters",
    "relay",
    "functions",
    "sandbox",
    "cli",
  ]);
  const folders = [...new Set(files.map((file) => dirname(file)))];
  expect(folders.length).toBeGreaterThan(60);
  expect(folders.filter((folder) => !named.has(folder))).toEqual([]);
});

describe("what the checks above find", () => {
  it("is every path from the root, in prose and in code, with braces written out", () => {
    const text =
      "See `core/{a,b}.ts`, test/x/y.test.ts, and `relay/detect/`; not https://a.b/core/c.";
    expect(findNamedPaths(text)).toEqual([
      "core/a.ts",
      "core/b.ts",
      "test/x/y.test.ts",
      "relay/detect/",
    ]);
  });

  it("is every link to a file, without its anchor", () => {
    expect(findLinks("[a](docs/a.md#b) [c](https://d.e) [f](#g)")).toEqual(["docs/a.md"]);
  });

  it("is every name of a file in backticks", () => {
    expect(findFileNames("`main.ts` and `npm run x`, but not main.js")).toEqual(["main.ts"]);
  });
});
