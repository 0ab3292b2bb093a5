// `npm run prepare`, which `npm ci` runs: builds the command, dist/kubemend.mjs, and the bundle that it runs if Kubemend is
// installed as a package, dist/cli.mjs with dist/cli/. With --launcher-only, without the bundle.
// Plain JavaScript: it may run on Node 20.
import { chmodSync, copyFileSync, existsSync, mkdirSync, renameSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bundleCommand } from "./command-bundle.mjs";

function at(path) {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}

async function loadEsbuild() {
  try {
    return await import("esbuild");
  } catch {
    return undefined;
  }
}

mkdirSync(at("dist"), { recursive: true });
// Replaced atomically, because it may be running.
copyFileSync(at("infra/build/launcher.mjs"), at("dist/kubemend.mjs.new"));
chmodSync(at("dist/kubemend.mjs.new"), 0o755);
renameSync(at("dist/kubemend.mjs.new"), at("dist/kubemend.mjs"));

async function bundle() {
  const esbuild = await loadEsbuild();
  if (!existsSync(at("cli/main.ts"))) {
    console.log("prepare: there is no cli/main.ts, so dist/cli.mjs was not built.");
  } else if (esbuild === undefined) {
    console.log(
      "prepare: esbuild, a development dependency, is not installed, so dist/cli.mjs was not built.",
    );
  } else {
    const command = { root: at("."), entryPoint: "cli/main.ts", folder: "dist", name: "cli" };
    // esbuild has printed its errors itself.
    await bundleCommand(esbuild, command).catch(() => {
      process.exitCode = 1;
    });
  }
}

if (!process.argv.includes("--launcher-only")) await bundle();
