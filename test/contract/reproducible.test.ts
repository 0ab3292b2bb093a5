import { cpSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { bundleFunctions } from "../../infra/build/bundle-functions.ts";
import { temporaryFolder } from "../support/host/temporary-folder.ts";

const root = join(import.meta.dirname, "..", "..");
const temporary = temporaryFolder();
const folder = temporary.path;

afterAll(() => temporary[Symbol.dispose]());

/** Builds the functions from a copy of the sources, with the same packages. */
async function buildIn(place: string): Promise<Readonly<Record<string, string>>> {
  const copy = join(folder, place);
  for (const name of ["adapters", "core", "events", "functions", "package.json", "tsconfig.json"]) {
    cpSync(join(root, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  const built = join(copy, "dist", "functions");
  await bundleFunctions({ root: copy, folder: built });
  return digestFiles(built);
}

function digestFiles(path: string): Readonly<Record<string, string>> {
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && !entry.name.endsWith(".map"),
  );
  const digests = files.map((entry) => {
    const file = join(entry.parentPath, entry.name);
    const digest = createHash("sha256").update(readFileSync(file)).digest("hex");
    return [file.slice(path.length), digest] as const;
  });
  return Object.fromEntries(digests);
}

test("the functions that are built from the same sources at two places have the same bytes", async () => {
  const digests = await buildIn("here");
  expect(Object.keys(digests).length).toBeGreaterThan(10);
  expect(await buildIn("another-place")).toEqual(digests);
});
