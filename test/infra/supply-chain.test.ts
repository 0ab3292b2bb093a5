import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

type Locked = {
  readonly dev?: boolean;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly license?: string;
};
type Manifest = {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
};

const root = join(import.meta.dirname, "..", "..");
const manifest = JSON.parse(readText("package.json")) as Manifest;
const locked = Object.entries(
  (JSON.parse(readText("package-lock.json")) as { packages: Record<string, Locked> }).packages,
).filter(([path]) => path !== "");

/** Permissive licences: they ask for a notice at most, which the bundles carry. */
const SHIPPED = new Set([
  "0BSD",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "ISC",
  "MIT",
  "MIT-0",
  "PSF-2.0",
  "Unlicense",
]);
/** Packages that only build and test may have these, too. */
const ONLY_FOR_DEVELOPMENT = new Set([
  "(Apache-2.0 AND BSD-3-Clause)",
  "BlueOak-1.0.0",
  "CC-BY-4.0",
  "MPL-2.0",
  "Python-2.0",
]);

function readText(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

function describeLicence([path, { license }]: readonly [string, Locked]): string {
  return `${path}: ${license ?? "no licence"}`;
}

test("every package that is shipped has a permissive licence", () => {
  const shipped = locked.filter(([, { dev }]) => dev !== true);
  expect(shipped.length).toBeGreaterThan(50);
  const others = shipped.filter(([, { license }]) => !SHIPPED.has(license ?? ""));
  expect(others.map(describeLicence)).toEqual([]);
});

test("every package for development has a known licence", () => {
  const others = locked.filter(
    ([, { license = "" }]) => !SHIPPED.has(license) && !ONLY_FOR_DEVELOPMENT.has(license),
  );
  expect(others.map(describeLicence)).toEqual([]);
});

test("the lockfile has a checksum for each package, and names no registry", () => {
  expect(locked.filter(([, { integrity }]) => integrity === undefined)).toEqual([]);
  expect(locked.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
});

test("every direct dependency has an exact version", () => {
  const all = { ...manifest.dependencies, ...manifest.devDependencies };
  expect(Object.entries(all).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
});

test("every direct dependency is listed with its reason, and nothing else is", () => {
  const [, shipped = "", development = ""] =
    readText("docs/supply-chain.md").split(/^## Packages .*$/m);
  expect(readNames(shipped)).toEqual(Object.keys(manifest.dependencies).toSorted());
  expect(readNames(development)).toEqual(Object.keys(manifest.devDependencies).toSorted());
});

/** The packages that the rows of a table begin with. */
function readNames(table: string): readonly string[] {
  const cells = [...table.matchAll(/^\| (`[^|]*) \|/gm)].map(([, cell = ""]) => cell);
  return cells
    .flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name))
    .toSorted();
}
