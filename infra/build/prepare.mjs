// `npm run prepare`, which `npm ci` runs: the command, and the functions if what builds them is installed: `npm ci --omit=dev` installs
// neither esbuild nor Node, and must not fail for that. Plain JavaScript: it may run on Node 20.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import "./cli.mjs";

const REQUIRED_MAJOR = 24;

function findObstacle() {
  if (Number(process.versions.node.split(".")[0]) < REQUIRED_MAJOR) {
    return `this is Node ${process.versions.node}, and building them needs Node ${REQUIRED_MAJOR}`;
  }
  try {
    createRequire(import.meta.url).resolve("esbuild");
    return undefined;
  } catch {
    return "esbuild, a development dependency, is not installed";
  }
}

const obstacle = findObstacle();
if (obstacle === undefined) {
  const script = fileURLToPath(new URL("functions.ts", import.meta.url));
  process.exitCode = spawnSync(process.execPath, [script], { stdio: "inherit" }).status ?? 1;
} else {
  console.log(`prepare: the functions were not built: ${obstacle}.`);
}
