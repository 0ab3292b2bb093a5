import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { bundleFunctions, type BundledFunction } from "../../infra/build/bundle-functions.ts";

let root: string;
let folder: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "kubemend-bundle-"));
  folder = join(root, "dist");
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

function write(path: string, text: string): void {
  mkdirSync(join(root, path, ".."), { recursive: true });
  writeFileSync(join(root, path), text);
}

function bundle(): Promise<readonly BundledFunction[]> {
  return bundleFunctions({ root, folder });
}

test("each folder with a handler becomes one file that exports it", async () => {
  write(
    "functions/one/handler.ts",
    `import { word } from "../shared.ts";
    export const handler = (): string => word;`,
  );
  write("functions/two/handler.ts", "export const handler = (): number => 2;");
  write("functions/shared.ts", `export const word: string = "shared";`);
  write("functions/none/readme.md", "no handler here");
  const bundled = await bundle();
  expect(bundled.map(({ name }) => name)).toEqual(["one", "two"]);
  const one = (await import(pathToFileURL(join(folder, "one.mjs")).href)) as {
    handler: () => string;
  };
  expect(one.handler()).toBe("shared");
});

test("CommonJS packages are bundled and find Node's modules", async () => {
  write(
    "functions/old/handler.ts",
    `import { base } from "old-package";
    export const handler = (): string => base("/a/b");`,
  );
  write("node_modules/old-package/package.json", `{"name": "old-package", "main": "index.js"}`);
  write("node_modules/old-package/index.js", `exports.base = require("path").basename;`);
  const [bundled] = await bundle();
  const { handler } = (await import(pathToFileURL(join(folder, "old.mjs")).href)) as {
    handler: () => string;
  };
  expect(handler()).toBe("b");
  expect(bundled?.parts.map(({ name }) => name)).toContain("old-package");
  expect(bundled?.bytes).toBe(statSync(join(folder, "old.mjs")).size);
  expect(bundled?.gzipBytes).toBeLessThan(bundled?.bytes ?? 0);
});

test("a dynamic import becomes a separate file, which a start does not load", async () => {
  write(
    "functions/one/handler.ts",
    `import { join } from "./shared.ts";
    export const handler = async (): Promise<string> => join((await import("rare")).word);
    export const here = (): string => import.meta.url;`,
  );
  write("functions/one/shared.ts", "export const join = (word: string): string => word + '!';");
  write("node_modules/rare/package.json", `{"name": "rare", "type": "module", "main": "index.js"}`);
  write("node_modules/rare/index.js", `export const word = "rare";`);
  const [bundled] = await bundle();
  expect(bundled?.parts.map(({ name }) => name)).toEqual(["kubemend"]);
  expect(bundled?.lazy.map(({ parts }) => parts.map(({ name }) => name))).toEqual([["rare"]]);
  const url = pathToFileURL(join(folder, "one.mjs")).href;
  const one = (await import(url)) as { handler: () => Promise<string>; here: () => string };
  expect(await one.handler()).toBe("rare!");
  // Files that are packed next to the bundle are found relative to this.
  expect(one.here()).toBe(url);
});

test("chunks of an earlier build are removed, so that they are not packed", async () => {
  const toHandler = (word: string): string =>
    `export const handler = async (): Promise<string> => (await import("./${word}.ts")).word;`;
  for (const word of ["first", "second"]) {
    write(`functions/one/${word}.ts`, `export const word: string = "${word}";`);
  }
  write("functions/one/handler.ts", toHandler("first"));
  const [before] = await bundle();
  write("functions/one/handler.ts", toHandler("second"));
  const [after] = await bundle();
  expect(before?.lazy.map(({ file }) => existsSync(file))).toEqual([false]);
  expect(after?.lazy.map(({ file }) => existsSync(file))).toEqual([true]);
});

test("`using` stays as written, because Node 24 supports it", async () => {
  write(
    "functions/one/handler.ts",
    `export function handler(): void {
      using _ = { [Symbol.dispose]() {} };
    }`,
  );
  await bundle();
  expect(readFileSync(join(folder, "one.mjs"), "utf8")).toMatch(/using \w+=/);
});

test("a dynamic import becomes a chunk, which is not counted in what is read at the start", async () => {
  write(
    "functions/one/handler.ts",
    `export const handler = async (): Promise<string> => (await import("../rare.ts")).word;`,
  );
  write("functions/rare.ts", `export const word: string = "${"rare".repeat(1000)}";`);
  const [bundled] = await bundle();
  expect(bundled?.bytes).toBeLessThan(4000);
  expect(bundled?.lazyBytes).toBeGreaterThan(4000);
  const { handler } = (await import(pathToFileURL(join(folder, "one.mjs")).href)) as {
    handler: () => Promise<string>;
  };
  expect(await handler()).toMatch(/^(?:rare)+$/);
});

test("a chunk that is no longer needed is removed", async () => {
  const handler = `export const handler = async (): Promise<unknown> => import("../rare.ts");`;
  write("functions/one/handler.ts", handler);
  write("functions/rare.ts", "export const a = 1;");
  await bundle();
  const before = readdirSync(join(folder, "one"));
  write("functions/rare.ts", "export const b = 2;");
  await bundle();
  const after = readdirSync(join(folder, "one"));
  expect(after).toHaveLength(before.length);
  expect(after).not.toEqual(before);
});

test("Node modules that load more when they are imported are loaded without an import", async () => {
  write(
    "functions/one/handler.ts",
    `import { Agent } from "node:https";
    export const handler = (): unknown => new Agent();`,
  );
  await bundle();
  const script = `await import(${JSON.stringify(pathToFileURL(join(folder, "one.mjs")).href)});
    console.log(process.moduleLoadList.filter((name) => /undici/.test(name)).length)`;
  const output = execFileSync(process.execPath, ["--input-type=module", "-e", script]);
  expect(output.toString().trim()).toBe("0");
});

test("the source map is a separate file, not a part of the bundle", async () => {
  write("functions/one/handler.ts", "export const handler = (): number => 1;");
  await bundle();
  expect(existsSync(join(folder, "one.mjs.map"))).toBe(true);
  expect(readFileSync(join(folder, "one.mjs"), "utf8")).not.toContain("sourceMappingURL");
});

test("a bundle that did not change is left alone", async () => {
  write("functions/one/handler.ts", "export const handler = (): number => 1;");
  await bundle();
  const before = statSync(join(folder, "one.mjs"));
  await bundle();
  const after = statSync(join(folder, "one.mjs"));
  expect([after.ino, after.mtimeMs]).toEqual([before.ino, before.mtimeMs]);
});

test("a handler that does not compile is an error, and the previous bundle stays", async () => {
  write("functions/one/handler.ts", "export const handler = (): number => 1;");
  await bundle();
  const before = readFileSync(join(folder, "one.mjs"), "utf8");
  write(
    "functions/one/handler.ts",
    `import { gone } from "./gone.ts"; export { gone as handler };`,
  );
  await expect(bundle()).rejects.toThrow("gone.ts");
  expect(readFileSync(join(folder, "one.mjs"), "utf8")).toBe(before);
});
