#!/usr/bin/env node
// The `kubemend` command. Plain JavaScript that any Node of the last years reads: on one that is too old it goes on with
// the Node among the packages, or says what to do. In a clone it runs the sources, so that they are what you see;
// installed as a package it runs their bundle, because Node takes no TypeScript under node_modules.
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
    // Started by the code below. That process is us to everybody else: when it is killed, we are killed.
    process.once("disconnect", () => process.kill(process.pid, "SIGKILL"));
    process.channel.unref();
  }
  // Halves the time that it takes to start: Node keeps what it made of the sources, in the folder for temporary files.
  enableCompileCache();
  const source = here("../cli/main.ts");
  const isInstalled = here("..").includes("/node_modules/");
  await import(existsSync(source) && !isInstalled ? source : here("./cli.mjs"));
}

function runWith(node) {
  // A session of its own: Ctrl-C in a terminal reaches all of a session's processes, and would arrive twice.
  const child = spawn(node, process.argv.slice(1), {
    stdio: ["inherit", "inherit", "inherit", "ipc"],
    detached: true,
    env: { ...process.env, KUBEMEND_LAUNCHED: "1" },
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGWINCH"]) {
    process.on(signal, () => child.kill(signal));
  }
  child.on("error", (error) => explain(`${node} does not start: ${error.message}.`));
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
    `kubemend: this is Node ${process.versions.node}, and Kubemend needs Node ${REQUIRED_MAJOR} or later. ${reason}\n` +
      `In a clone, run "npm ci" (without --ignore-scripts): it brings the right Node along. Otherwise install Node ${REQUIRED_MAJOR} from https://nodejs.org.\n`,
  );
  process.exit(1);
}

if (Number(process.versions.node.split(".")[0]) >= REQUIRED_MAJOR) {
  await run();
} else {
  const candidates = ["../node_modules/node/bin/node", "../../node/bin/node"].map(here);
  const node = candidates.find((path) => existsSync(path));
  if (node === undefined) explain("There is none among the installed packages either.");
  else if (process.env.KUBEMEND_LAUNCHED) explain(`So is ${node}.`);
  else runWith(node);
}
