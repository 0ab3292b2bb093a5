import { spawn } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";
import { startGuarded } from "../../../sandbox/host/guarded-process.ts";
import { findProcesses, until } from "./support/processes.ts";

const OWNER = join(import.meta.dirname, "support", "guard-owner.ts");

it.each(["SIGKILL", "SIGTERM", "SIGINT"] as const)(
  "leaves no process behind when its owner is ended by %s",
  async (signal) => {
    const mark = `7${process.pid}.${signal.length}${signal.charCodeAt(3)}`;
    const owner = spawn(process.execPath, [OWNER, mark], { stdio: "ignore" });
    await until(() => findProcesses(`sleep ${mark}`).length >= 3);
    owner.kill(signal);
    await until(() => findProcesses(mark).length === 0);
    expect(findProcesses(mark)).toEqual([]);
  },
);

it("reports the command's own exit code, and its watcher exits too", async () => {
  const mark = `kubemend-guard-${process.pid}`;
  const guarded = startGuarded({
    command: "sh",
    args: ["-c", `: ${mark}; exit 7`],
    environment: process.env,
    output: "pipe",
  });
  expect(await guarded.exited).toEqual({ code: 7, signal: null });
  expect(guarded.running()).toBe(false);
  await until(() => findProcesses(mark).length === 0);
});

it("lets the command end in its own way on SIGTERM", async () => {
  const guarded = startGuarded({
    command: "sh",
    args: ["-c", 'trap "exit 3" TERM; echo ready; while :; do sleep 0.05; done'],
    environment: process.env,
    output: "pipe",
  });
  await new Promise((resolve) => guarded.child.stdout?.once("data", resolve));
  guarded.signal("SIGTERM");
  expect(await guarded.exited).toEqual({ code: 3, signal: null });
});
