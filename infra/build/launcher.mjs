#!/usr/bin/env node
// The `kubemend` command. Plain JavaScript that any recent Node can run: if the Node is too old, it continues with the Node
// among the installed packages, or explains what to do. In a clone it runs the sources, so that edits take effect; installed
// as a package it runs their bundle, because Node does not load TypeScript under node_modules.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const REQUIRED_MAJOR = 24;

function here(path) {
  return fileURLToPath(new URL(path, import.meta.url));
}

async function run() {
  const { enableCompileCache } = await import("node:module");
  if (process.channel) {
    // Started by the code below. To everyone else, that process is the command: if it is killed, this one must be killed too.
    process.once("disconnect", () => process.kill(process.pid, "SIGKILL"));
    process.channel.unref();
  }
  // Halves the start-up time: Node caches the compiled sources in the folder for temporary files.
  enableCompileCache();
  const source = here("../cli/main.ts");
  const isInstalled = here("..").includes("/node_modules/");
  await import(existsSync(source) && !isInstalled ? source : here("./cli.mjs"));
}

function runWith(node) {
  // In its own session: Ctrl-C in a terminal reaches the whole process group, so the child would receive it twice.
  const child = spawn(node, process.argv.slice(1), {
    stdio: ["inherit", "inherit", "inherit", "ipc"],
    detached: true,
    env: { ...process.env, KUBEMEND_LAUNCHED: "1" },
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGWINCH"]) {
    process.on(signal, () => child.kill(signal));
  }
  child.on("error", (error) => explain(`${node} could not be started: ${error.message}.`));
  child.on("exit", (code, signal) => {
    if (signal === null) {
      process.exit(code);
    }
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

function explain(reason) {
  process.stderr.write(
    `kubemend: this is Node ${process.versions.node}, but Kubemend needs Node ${REQUIRED_MAJOR} or later. ${reason}\n` +
      `In a clone, run "npm ci" (without --ignore-scripts), which installs the right Node. Otherwise install Node ${REQUIRED_MAJOR} from https://nodejs.org.\n`,
  );
  process.exit(1);
}

if (Number(process.versions.node.split(".")[0]) >= REQUIRED_MAJOR) {
  await run();
} else {
  const candidates = ["../node_modules/node/bin/node", "../../node/bin/node"].map(here);
  const node = candidates.find((path) => existsSync(path));
  if (node === undefined) explain("The installed packages do not include it either.");
  else if (process.env.KUBEMEND_LAUNCHED) explain(`${node} is too old as well.`);
  else runWith(node);
}
