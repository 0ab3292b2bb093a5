import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findProjectRoot } from "../../sandbox/host/project-root.ts";
import { isAlive } from "../../sandbox/state-file.ts";

// What the launcher can see of the Node that runs it.
const OLD_NODE = `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.20.2" } });`;

const COMMAND = `
let signals = [];
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => {
  signals.push(signal);
  setTimeout(() => { console.log("got", signals.join()); process.exit(7); }, 200);
});
console.log("command", process.pid, process.argv.slice(2).join());
const [order] = process.argv.slice(2);
if (order === "wait") setInterval(() => {}, 1000);
if (order === "die") process.kill(process.pid, "SIGKILL");
if (order === "fail") process.exitCode = 2;
if (order === "input") process.stdin.on("data", (data) => console.log("read", String(data)));
`;

let folder: string;
let started: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kubemend-launcher-"));
  for (const name of ["dist", "cli", "node_modules"]) mkdirSync(join(folder, name));
  copyFileSync(
    join(findProjectRoot(), "infra", "build", "launcher.mjs"),
    join(folder, "dist", "kubemend.mjs"),
  );
  writeFileSync(join(folder, "package.json"), `{"type": "module"}`);
  writeFileSync(join(folder, "cli", "main.ts"), `const typed: string = "source";${COMMAND}`);
});

afterEach(() => {
  for (const child of started) child.kill("SIGKILL");
  started = [];
  rmSync(folder, { recursive: true });
});

function addNode(): void {
  const node = join(folder, "node_modules", "node", "bin");
  mkdirSync(node, { recursive: true });
  symlinkSync(process.execPath, join(node, "node"));
}

function launch(args: readonly string[], options: { old?: boolean; from?: string } = {}) {
  const script = join(options.from ?? folder, "dist", "kubemend.mjs");
  const old = options.old === true ? ["--import", `data:text/javascript,${OLD_NODE}`] : [];
  const child = spawn(process.execPath, [...old, script, ...args]);
  started.push(child);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (data: Buffer) => {
      output += data.toString();
    });
  }
  const ended = once(child, "close").then(([code, signal]: unknown[]) => ({ code, signal }));
  return {
    child,
    ended,
    output: () => output,
    pidOfCommand: async () => {
      await expect.poll(() => output, { timeout: 5000 }).toContain("command");
      return Number(/command (\d+)/.exec(output)?.[1]);
    },
  };
}

test.each([false, true])("arguments, output and exit code pass (Node too old: %s)", async (old) => {
  addNode();
  const { ended, output } = launch(["fail", "--to"], { old });
  expect(await ended).toEqual({ code: 2, signal: null });
  expect(output()).toMatch(/^command \d+ fail,--to$/m);
});

test("standard input reaches the command", async () => {
  addNode();
  const { child, ended, output } = launch(["input"], { old: true });
  child.stdin.end("hello");
  await ended;
  expect(output()).toContain("read hello");
});

test.each(["SIGINT", "SIGTERM"] as const)("%s reaches the command once", async (signal) => {
  addNode();
  const { child, ended, output, pidOfCommand } = launch(["wait"], { old: true });
  expect(await pidOfCommand()).not.toBe(child.pid);
  child.kill(signal);
  expect(await ended).toEqual({ code: 7, signal: null });
  expect(output()).toContain(`got ${signal}\n`);
});

test("Ctrl-C, which reaches a whole process group, reaches the command once", async () => {
  addNode();
  const script = join(folder, "dist", "kubemend.mjs");
  const args = ["--import", `data:text/javascript,${OLD_NODE}`, script, "wait"];
  const child = spawn(process.execPath, args, { detached: true });
  started.push(child);
  let output = "";
  child.stdout.on("data", (data: Buffer) => {
    output += data.toString();
  });
  await expect.poll(() => output, { timeout: 5000 }).toContain("command");
  process.kill(-(child.pid ?? Number.NaN), "SIGINT");
  await once(child, "close");
  expect(output).toContain("got SIGINT\n");
});

test("if a signal ends the command, the launcher ends in the same way", async () => {
  addNode();
  const { ended } = launch(["die"], { old: true });
  expect(await ended).toEqual({ code: null, signal: "SIGKILL" });
});

test("the command is killed when the launcher is killed", async () => {
  addNode();
  const { child, output, pidOfCommand } = launch(["wait"], { old: true });
  const pid = await pidOfCommand();
  child.kill("SIGKILL");
  await expect.poll(() => isAlive(pid), { timeout: 5000 }).toBe(false);
  expect(output()).not.toContain("got SIGTERM");
});

test("without a Node that is new enough it explains what to do", async () => {
  const { ended, output } = launch(["--help"], { old: true });
  expect(await ended).toEqual({ code: 1, signal: null });
  expect(output()).toMatch(
    /^kubemend: this is Node 20\.20\.2, but Kubemend needs Node 24 or later/,
  );
  expect(output()).toContain(`"npm ci" (without --ignore-scripts)`);
  expect(output()).not.toContain("    at ");
});

test("installed as a package it runs the bundle, with the Node installed next to it", async () => {
  const installed = join(folder, "node_modules", "kubemend");
  for (const path of ["dist", "cli"]) mkdirSync(join(installed, path), { recursive: true });
  copyFileSync(join(folder, "dist", "kubemend.mjs"), join(installed, "dist", "kubemend.mjs"));
  writeFileSync(join(installed, "cli", "main.ts"), "throw new Error('not the sources');");
  writeFileSync(join(installed, "dist", "cli.mjs"), `console.log("bundle");`);
  addNode();
  for (const old of [false, true]) {
    const { ended, output } = launch([], { from: installed, old });
    expect(await ended).toEqual({ code: 0, signal: null });
    expect(output()).toBe("bundle\n");
  }
});
