// `npm run prepare`, which `npm ci` runs: makes the command, dist/kubemend.mjs, and the bundle that it runs where
// Kubemend is installed as a package, dist/cli.mjs with dist/cli/. Plain JavaScript: it may run on Node 20.
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
// In place in one step: it may be running.
copyFileSync(at("infra/build/launcher.mjs"), at("dist/kubemend.mjs.new"));
chmodSync(at("dist/kubemend.mjs.new"), 0o755);
renameSync(at("dist/kubemend.mjs.new"), at("dist/kubemend.mjs"));

const esbuild = await loadEsbuild();
if (!existsSync(at("cli/main.ts"))) {
  console.log("prepare: there is no cli/main.ts, so no dist/cli.mjs was made.");
} else if (esbuild === undefined) {
  console.log(
    "prepare: esbuild is not installed (a development dependency), so no dist/cli.mjs was made.",
  );
} else {
  const command = { root: at("."), entryPoint: "cli/main.ts", folder: "dist", name: "cli" };
  // It has told what is wrong itself.
  await bundleCommand(esbuild, command).catch(() => {
    process.exitCode = 1;
  });
}
