import { appendFileSync, cpSync, readFileSync } from "node:fs";
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
  expect(recipes.find(({ name }) => name === "kwok")?.version).toBe("0.8.0");
  expect(server?.flags.join(" ")).toContain("consts.Version=v0.8.0");
});

it("builds the versions that the documentation names", () => {
  const [etcd, kubernetes, kwok] = (["etcd", "kube-apiserver", "kwok"] as const).map((wanted) =>
    readRecipes(SOURCE, LINUX)
      .find(({ name }) => name === wanted)
      ?.version.replace(/\.\d+$/, ""),
  );
  const page = readFileSync(join(SOURCE, "../../docs/getting-started.md"), "utf8");
  expect(page).toContain(`prints Kubernetes ${kubernetes}, etcd ${etcd} or kwok ${kwok}.`);
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

it("builds all programs from one module, so that the packages which they share are compiled once", () => {
  const recipes = readRecipes(SOURCE, LINUX);
  expect(new Set(recipes.map(({ moduleFolder }) => moduleFolder)).size).toBe(1);
  expect(new Set(recipes.map(({ cacheFolder }) => cacheFolder)).size).toBe(1);
});

it("when a go.sum changes, only the programs of that go.sum get another cache folder", () => {
  using folder = temporaryFolder();
  cpSync(SOURCE, folder.path, { recursive: true });
  const read = (): readonly string[] => [
    readRecipes(folder.path, LINUX)[0]?.cacheFolder ?? "",
    readOlderApiServer("1.33", folder.path, LINUX).cacheFolder,
  ];
  const [before, olderBefore] = read();
  appendFileSync(join(folder.path, "kubernetes", "go.sum"), "example.com/x v1.0.0 h1:abc=\n");
  const [after, olderAfter] = read();
  expect(after).not.toBe(before);
  expect(olderAfter).toBe(olderBefore);
});
