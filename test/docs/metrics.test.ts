import { globSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { listSourceFiles, readSource, ROOT } from "../architecture/source-files.ts";
import { readCountedMetrics, readRegisteredMetrics } from "./read-metrics.ts";

const read = (
  folders: readonly string[],
  readNames: typeof readCountedMetrics,
): readonly string[] =>
  listSourceFiles(folders).flatMap((file) => readNames(file, readSource(file)));
const registered = read(["relay"], readRegisteredMetrics);
const counted = read(["functions", "adapters/lambda", "adapters/alert-groups"], readCountedMetrics);

/** The rows of the tables: the metric's name, its meaning, and what to do when it rises. */
const rows = readSource("docs/metrics.md")
  .split("\n")
  .flatMap((line) => {
    const [, name, ...cells] = line.split("|").map((cell) => cell.trim());
    return name?.startsWith("`") ? [{ name: name.replaceAll("`", ""), cells }] : [];
  });

describe("docs/metrics.md", () => {
  it("has a row for each metric of the relay and of the functions, and for no other", () => {
    expect(registered.length).toBeGreaterThan(20);
    expect(counted.length).toBeGreaterThan(10);
    const names = [...new Set([...registered, ...counted])].toSorted();
    expect(rows.map(({ name }) => name).toSorted()).toEqual(names);
  });

  it.each(rows)("says what $name means and what to do when it rises", ({ cells }) => {
    const [meaning = "", action = ""] = cells;
    expect(meaning.length).toBeGreaterThan(20);
    expect(action.length).toBeGreaterThan(20);
  });
});

describe("other documents", () => {
  const documents = ["README.md", "ARCHITECTURE.md", ...globSync("docs/**/*.md", { cwd: ROOT })];

  it.each(documents)("%s names only metrics of the relay that exist", (document) => {
    const named = readSource(document).match(/\bkubemend_relay_\w*[a-z]/gu) ?? [];
    expect(named.filter((name) => !registered.includes(name))).toEqual([]);
  });
});

describe("the search for metrics", () => {
  it("finds the names that prom-client gets", () => {
    const source = 'new Gauge({ help: "h", name: "a_total" }); new Map([["name", "b"]]);';
    expect(readRegisteredMetrics("file.ts", source)).toEqual(["a_total"]);
    expect(() => readRegisteredMetrics("file.ts", "new Counter({ help })")).toThrow("literal name");
  });

  it("finds the names that are counted, also by a table", () => {
    const source =
      'const NAMES = { a: "Matched", b: "Unknown" } as const; telemetry.count(NAMES[x]); count("Poison", 1); items.length;';
    expect(readCountedMetrics("file.ts", source)).toEqual(["Poison", "Matched", "Unknown"]);
    expect(() => readCountedMetrics("file.ts", "telemetry.count(`a${b}`)")).toThrow("neither");
  });
});
