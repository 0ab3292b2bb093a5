import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "..", "..", "..");
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const lines = read("docs/relay.md").split("\n");

const shown = lines.flatMap((line) => {
  const [, what, path, name] = /^\| (.+?) \| `(test\/[^`]+)` \| (.+?) \|$/.exec(line) ?? [];
  return what === undefined || path === undefined || name === undefined ? [] : [[what, path, name]];
});

describe("docs/relay.md", () => {
  it("names a test for every case, in two dozen rows at least", () => {
    expect(shown.length).toBeGreaterThan(30);
  });

  it.each(shown)("has a test for: %s", (_what, path = "", name = "") => {
    expect(existsSync(join(ROOT, path))).toBe(true);
    expect(read(path)).toContain(`"${name}"`);
  });

  it("has every cause of a reaction in its table", () => {
    const union = /readonly cause:\n([^;]+);/.exec(read("relay/reflector/reaction.ts"))?.[1] ?? "";
    const causes = Array.from(union.matchAll(/"(\w+)"/g), ([, cause]) => cause);
    const named = new Set(lines.flatMap((line) => line.match(/`\w+`/g) ?? []));
    expect(causes.length).toBeGreaterThan(10);
    expect(causes.filter((cause) => !named.has(`\`${cause}\``))).toEqual([]);
  });
});
