import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { beforeAll, describe, expect, it } from "vitest";
import { findProjectRoot } from "../../sandbox/host/project-root.ts";

const root = findProjectRoot();
const documents = [
  "README.md",
  "CONTRIBUTING.md",
  ...readdirSync(join(root, "docs"))
    .filter((file) => file.endsWith(".md"))
    .map((file) => `docs/${file}`),
];

/** Each command with its module, as cli/main.ts loads them. */
const LOADED = /^ {2}"?([\w-]+)"?: async \(\) => \(await import\("\.\/(.+?)"\)\)\.(\w+)\(\)/gm;

let commands: ReadonlyMap<string, Command>;

beforeAll(async () => {
  const main = readFileSync(join(root, "cli", "main.ts"), "utf8");
  const loading = [...main.matchAll(LOADED)].map(async ([, name = "", file = "", create = ""]) => {
    const module = (await import(join(root, "cli", file))) as Record<string, () => Command>;
    return [name, module[create]?.()] as const;
  });
  const loaded = await Promise.all(loading);
  commands = new Map(loaded.flatMap(([name, command]) => (command ? [[name, command]] : [])));
});

/** What a document writes as a command: `npx kubemend ...` on a line of its own, or `kubemend ...` in a sentence. */
function findCommands(text: string): readonly string[] {
  const lines = [...text.matchAll(/^ {4,}(?:npx )?kubemend ([^\n]*)$/gm)];
  const inline = [...text.matchAll(/`(?:npx )?kubemend ([^`\n]*)`/g)];
  return [...lines, ...inline].map(([, words = ""]) => words.split(/ {2,}#|[>|]|&&/)[0] ?? "");
}

/** The faults of a command: a name or a flag that does not exist. */
function findFaults(written: string): readonly string[] {
  const words = written.trim().split(/\s+/);
  const [name = ""] = words;
  // Several commands, or none in particular: `kubemend approve|reject`, `kubemend --help`.
  if (!/^[a-z-]+$/.test(name) || name.startsWith("-")) return [];
  const top = commands.get(name);
  if (top === undefined) return [`there is no command ${name}`];
  const sub = top.commands.find((one) => one.name() === words[1]);
  const known = new Set([top, ...(sub === undefined ? top.commands : [sub])].flatMap(listFlags));
  return words
    .map((word) => /^\[?(--?[a-z][a-z-]*)/.exec(word)?.[1])
    .filter((flag) => flag !== undefined && flag !== "--help" && !known.has(flag))
    .map((flag) => `kubemend ${name} has no ${flag}`);
}

function listFlags(command: Command): readonly string[] {
  return command.options.flatMap(({ long, short }) => [long ?? "", short ?? ""]);
}

describe.each(documents)("%s", (document) => {
  it("writes only commands and flags that exist", () => {
    const text = readFileSync(join(root, document), "utf8");
    expect(findCommands(text).flatMap(findFaults)).toEqual([]);
  });
});

it("a command or flag that does not exist is found", () => {
  const found = findCommands("    npx kubemend doctor --nothing\n`kubemend nothing`\n");
  expect(found.flatMap(findFaults)).toEqual([
    "kubemend doctor has no --nothing",
    "there is no command nothing",
  ]);
});
