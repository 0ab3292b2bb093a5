import { posix } from "node:path";
import { describe, expect, it } from "vitest";
import { AREAS, INNER_LAYERS } from "../../layers.ts";
import { findCycles } from "./find-cycles.ts";
import { findViolations } from "./find-violations.ts";
import { readImportGraph, toFolderGraph, type Graph } from "./import-graph.ts";
import { readImports } from "./read-imports.ts";
import { listSourceFiles, readSource } from "./source-files.ts";

/** A folder with more files than this hides its stages. */
const MAX_FILES = 20;
/** A longer file has more than one subject. */
const MAX_LINES = 300;

const files = listSourceFiles(AREAS.flat().filter((area) => area !== "test"));
const graph = readImportGraph(files);
const folders = [...new Set(files.map(toFolder))];

function toFolder(file: string): string {
  return posix.dirname(file);
}

/** The part of the graph that lies inside one area. */
function restrictTo(area: string): Graph {
  const isInside = (file: string): boolean => file.startsWith(`${area}/`);
  return new Map(
    [...graph]
      .filter(([file]) => isInside(file))
      .map(([file, targets]) => [file, new Set([...targets].filter(isInside))]),
  );
}

describe("the source tree", () => {
  it("has no import cycle between files, type imports included", () => {
    expect(findCycles(graph)).toEqual([]);
  });

  it("has no import cycle between folders, type imports included", () => {
    expect(findCycles(toFolderGraph(graph))).toEqual([]);
  });

  it("imports only from lower areas, dynamic imports and types included", () => {
    const toArea = (file: string): string => file.split("/")[0] ?? file;
    expect(findViolations(AREAS, graph, toArea)).toEqual([]);
  });

  it.each(Object.entries(INNER_LAYERS))(
    "imports only from lower folders inside %s, dynamic imports and types included",
    (area, layers) => {
      expect(findViolations(layers, restrictTo(area), toFolder)).toEqual([]);
    },
  );

  it(`has at most ${MAX_FILES} source files in a folder, tests included`, () => {
    const byFolder = Map.groupBy(listSourceFiles(AREAS.flat()), toFolder);
    const full = [...byFolder].filter(([, inside]) => inside.length > MAX_FILES);
    expect(full.map(([folder, inside]) => `${folder}: ${inside.length}`)).toEqual([]);
  });

  it(`has at most ${MAX_LINES} lines in a file`, () => {
    const count = (file: string): number => readSource(file).trimEnd().split("\n").length;
    const long = files.filter((file) => count(file) > MAX_LINES);
    expect(long.map((file) => `${file}: ${count(file)}`)).toEqual([]);
  });
});

describe("layers.ts", () => {
  it("orders the folders of core and of relay", () => {
    expect(Object.keys(INNER_LAYERS)).toEqual(expect.arrayContaining(["core", "relay"]));
  });

  it.each(Object.entries(INNER_LAYERS))(
    "names every folder of %s once, and no other",
    (area, layers) => {
      const isInside = (folder: string): boolean => `${folder}/`.startsWith(`${area}/`);
      expect(layers.flat().toSorted()).toEqual(folders.filter(isInside).toSorted());
    },
  );
});

describe("the checks above", () => {
  const madeUp: Graph = new Map([
    ["core/a/one.ts", new Set(["core/b/two.ts"])],
    ["core/b/two.ts", new Set<string>()],
    ["core/b/three.ts", new Set(["core/a/one.ts"])],
  ]);

  it("find a cycle between folders even if no two files import each other", () => {
    expect(findCycles(madeUp)).toEqual([]);
    expect(findCycles(toFolderGraph(madeUp))).toEqual([["core/a", "core/b"]]);
  });

  it("find a cycle of more than two files once", () => {
    const ring: Graph = new Map([
      ["c", new Set(["a"])],
      ["a", new Set(["b"])],
      ["b", new Set(["c", "d"])],
      ["d", new Set<string>()],
    ]);
    expect(findCycles(ring)).toEqual([["a", "b", "c"]]);
  });

  it("find an import from a higher layer, from a neighbour, and from a folder that has no layer", () => {
    const layers = [["core/a"], ["core/b", "core/c"]];
    const find = (file: string, target: string): readonly string[] =>
      findViolations(layers, new Map([[file, new Set([target])]]), toFolder);
    expect(find("core/a/one.ts", "core/b/two.ts")).toEqual(["core/a/one.ts -> core/b/two.ts"]);
    expect(find("core/b/two.ts", "core/c/four.ts")).toEqual(["core/b/two.ts -> core/c/four.ts"]);
    expect(find("core/b/two.ts", "core/d/five.ts")).toEqual(["core/b/two.ts -> core/d/five.ts"]);
    expect(find("core/b/two.ts", "core/a/one.ts")).toEqual([]);
  });

  it.each([
    ['import { a } from "./x.ts";', "a static import"],
    ['import type { A } from "./x.ts";', "a type import"],
    ['import { type A } from "./x.ts";', "an inline type import"],
    ['import "./x.ts";', "an import for its effect"],
    ['export * from "./x.ts";', "an export of everything"],
    ['export type { A } from "./x.ts";', "an export of a type"],
    ['const a = await import("./x.ts");', "a dynamic import"],
    ['type A = import("./x.ts").A;', "a type that is imported in place"],
  ])("see %s (%s)", (source) => {
    expect(readImports("file.ts", source)).toEqual(["./x.ts"]);
  });

  it("see no import in a comment or a string", () => {
    const source = '// import "./x.ts";\nconst text = \'import "./x.ts"\';';
    expect(readImports("file.ts", source)).toEqual([]);
  });
});
