import { execFile } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findProjectRoot } from "../../sandbox/host/project-root.ts";
import { temporaryFolder } from "../support/host/temporary-folder.ts";

const run = promisify(execFile);
const root = findProjectRoot();
const temporary = temporaryFolder();
const folder = temporary.path;
const installed = join(folder, "node_modules", "kubemend");

/** The packages that npm installs with ours, the outer ones first: `node_modules/yaml`. */
function listShippedPackages(): readonly string[] {
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
    packages: Readonly<Record<string, { readonly dev?: boolean; readonly devOptional?: boolean }>>;
  };
  return Object.entries(packages)
    .filter(([path, { dev, devOptional }]) => path !== "" && dev !== true && devOptional !== true)
    .map(([path]) => path)
    .filter((path) => existsSync(join(root, path)))
    .toSorted();
}

// Exactly what `npm pack` puts into the package, with the packages beside it that npm would install.
beforeAll(async () => {
  const { stdout } = await run(
    "npm",
    ["pack", "--ignore-scripts", "--json", "--pack-destination", folder],
    { cwd: root, maxBuffer: 64 * 1024 * 1024 },
  );
  const [file] = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
  if (file === undefined) throw new Error(stdout);
  mkdirSync(installed, { recursive: true });
  await run("tar", ["-xzf", join(folder, file), "-C", installed, "--strip-components=1"]);
  for (const path of listShippedPackages()) {
    const target = join(folder, path);
    mkdirSync(dirname(target), { recursive: true });
    if (!existsSync(target)) symlinkSync(join(root, path), target);
  }
});

afterAll(() => temporary[Symbol.dispose]());

test("the package has what the command needs, and neither tests nor the sources of the command", () => {
  const needed = ["dist/kubemend.mjs", "dist/cli.mjs", "dist/cli", "serverless.yml", "infra/crds"];
  expect(needed.filter((path) => !existsSync(join(installed, path)))).toEqual([]);
  expect(["test", "cli", "core"].filter((path) => existsSync(join(installed, path)))).toEqual([]);
});

test("its command prints the recipes that are packed with it", async () => {
  const command = join(installed, "dist", "kubemend.mjs");
  const { stdout } = await run(process.execPath, [command, "recipes", "01"]);
  expect(stdout).toBe(readFileSync(join(root, "docs", "recipes", "01-failed-backup.yaml"), "utf8"));
});

test("the emulator of its sandbox's queues is installed with it", async () => {
  const probe = join(installed, "dist", "cli", "probe.mjs");
  writeFileSync(
    probe,
    'const { buildApp } = await import("fauxqs"); console.log(typeof buildApp);',
  );
  const { stdout } = await run(process.execPath, [probe]);
  expect(stdout).toBe("function\n");
});

test("nothing is packed that has credentials or belongs to this machine", async () => {
  const files = readdirSync(installed, { recursive: true, encoding: "utf8" });
  const odd = files.filter((name) =>
    /kubeconfig$|\.map$|\.env|test-report|\.log$|sandbox\/data/.test(name),
  );
  expect(odd).toEqual([]);
});

test("`npm run sbom` has every package that is installed with it, and none for development", async () => {
  const { stdout } = await run("npm", ["run", "--silent", "sbom"], {
    cwd: root,
    maxBuffer: 64 * 1024 * 1024,
  });
  const { components } = JSON.parse(stdout) as { components: readonly { name: string }[] };
  const names = new Set(components.map(({ name }) => name));
  const shipped = listShippedPackages().map((path) => path.replace(/^.*node_modules\//, ""));
  expect(shipped.filter((name) => !names.has(name))).toEqual([]);
  expect([...names].filter((name) => !shipped.includes(name))).toEqual([]);
});
