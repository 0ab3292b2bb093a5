import { appendFileSync, cpSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readOlderApiServer, readRecipes } from "../../../sandbox/build/recipe.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

const SOURCE = join(import.meta.dirname, "../../../sandbox/build");
const LINUX = { os: "linux", arch: "x64" };

it("names each program's own version, and stamps it into the binary", () => {
  const recipes = readRecipes(SOURCE, LINUX);
  const server = recipes.find(({ name }) => name === "kube-apiserver");
  expect(server?.version).toBe("1.36.3");
  expect(server?.flags.join(" ")).toContain("version.gitVersion=v1.36.3");
  expect(server?.flags.join(" ")).toContain("version.gitMinor=36");
  expect(recipes.find(({ name }) => name === "etcd")?.version).toMatch(/^3\.6\./);
  expect(recipes.find(({ name }) => name === "kwok")?.cacheFolder).toMatch(
    /^0\.7\.0-linux-x64-[0-9a-f]{12}$/,
  );
});

it("builds an older API server with the same recipe, separately from the others", () => {
  const older = readOlderApiServer("1.33", SOURCE, LINUX);
  expect(older).toMatchObject({ name: "kube-apiserver", version: "1.33.13" });
  expect(older.flags.join(" ")).toContain("version.gitVersion=v1.33.13");
  expect(older.cacheFolder).toMatch(/^1\.33\.13-linux-x64-[0-9a-f]{12}$/);
  expect(readRecipes(SOURCE, LINUX).some(({ version }) => version.startsWith("1.33"))).toBe(false);
});

function foldersOf(arch: string): readonly string[] {
  return readRecipes(SOURCE, { os: "linux", arch }).map(({ cacheFolder }) => cacheFolder);
}

it("keeps builds of different platforms apart", () => {
  expect(foldersOf("x64")).toEqual(foldersOf("x64"));
  expect(foldersOf("arm64").some((folder) => foldersOf("x64").includes(folder))).toBe(false);
});

it("when a go.sum changes, only the module of that go.sum gets another cache folder", () => {
  using folder = temporaryFolder();
  cpSync(SOURCE, folder.path, { recursive: true });
  const before = readRecipes(folder.path, LINUX);
  appendFileSync(join(folder.path, "kwok", "go.sum"), "example.com/x v1.0.0 h1:abc=\n");
  const after = readRecipes(folder.path, LINUX);
  const changed = before.filter(
    (recipe, index) => recipe.cacheFolder !== after[index]?.cacheFolder,
  );
  expect(changed.map(({ name }) => name)).toEqual(["kwok"]);
});
