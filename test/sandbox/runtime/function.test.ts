import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { realpathSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import {
  startFunction,
  type FunctionOptions,
  type SandboxFunction,
} from "../../../sandbox/runtime/function.ts";
import type { InvocationOutcome } from "../../../sandbox/runtime/invocation.ts";
import { bundleToyFunctions, type ToyFunctions } from "./toy-functions.ts";

type Description = {
  readonly pid: number;
  readonly invocations: number;
  readonly requestId: string;
  readonly remainingMs: number;
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
};

let toys: ToyFunctions;
let running: SandboxFunction[] = [];

beforeAll(async () => {
  toys = await bundleToyFunctions();
});

afterEach(async () => {
  await Promise.all(running.map((started) => started.stop()));
  running = [];
});

afterAll(async () => {
  await toys[Symbol.asyncDispose]();
});

function start(options: Partial<FunctionOptions> = {}, bundle = "toy"): SandboxFunction {
  const started = startFunction({
    name: "toy",
    bundle: toys.bundle(bundle),
    environment: { TOY: "yes" },
    timeoutMs: 5000,
    memoryMb: 128,
    concurrency: 1,
    onLog() {},
    ...options,
  });
  running.push(started);
  return started;
}

function read(outcome: InvocationOutcome): Description {
  expect(outcome).toMatchObject({ outcome: "ok" });
  return (outcome as { payload: Description }).payload;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test("a process is started at the first invocation and kept warm for the next", async () => {
  const toy = start();
  const first = read(await toy.invoke({ do: "describe" }));
  const second = read(await toy.invoke({ do: "describe" }));
  expect(first.invocations).toBe(1);
  expect(second).toMatchObject({ pid: first.pid, invocations: 2 });
  expect(second.requestId).not.toBe(first.requestId);
});

test("the handler sees the variables that AWS and its settings define, and none of our own", async () => {
  process.env["KUBEMEND_SECRET_OF_THE_PARENT"] = "1";
  const description = read(await start().invoke({ do: "describe" }));
  expect(description.environment).toMatchObject({
    TOY: "yes",
    AWS_LAMBDA_FUNCTION_NAME: "toy",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "128",
    AWS_REGION: "us-east-1",
    TZ: ":UTC",
  });
  expect(Object.keys(description.environment)).not.toContain("KUBEMEND_SECRET_OF_THE_PARENT");
  expect(description.folder).toBe(realpathSync(toys.folder));
  expect(description.remainingMs).toBeGreaterThan(4000);
  expect(description.remainingMs).toBeLessThanOrEqual(5000);
});

test("each line that the function writes is logged with its stream", async () => {
  const lines: string[] = [];
  const toy = start({ onLog: (line, stream) => lines.push(`${stream} ${line}`) });
  await toy.invoke({ do: "print", text: "hello" });
  await toy.stop();
  expect(lines.toSorted()).toEqual(["stderr error: hello", "stdout hello"]);
});

test("an exception of the handler is the outcome, and the process stays", async () => {
  const toy = start();
  const before = read(await toy.invoke({ do: "describe" }));
  expect(await toy.invoke({ do: "throw", message: "no such thing" })).toEqual({
    outcome: "error",
    type: "RangeError",
    message: "no such thing",
  });
  expect(read(await toy.invoke({ do: "describe" })).pid).toBe(before.pid);
});

test("a bundle that does not start is reported with its own error, each time", async () => {
  const broken = start({}, "broken");
  const failure = {
    outcome: "error",
    type: "Error",
    message: "KUBEMEND_ALERTS_QUEUE_URL is missing",
  };
  expect(await broken.invoke({})).toEqual(failure);
  expect(await broken.invoke({})).toEqual(failure);
});

test("a bundle that does not exist is reported by name", async () => {
  expect(await start({}, "absent").invoke({})).toMatchObject({
    outcome: "error",
    type: "Runtime.ImportModuleError",
    message: expect.stringContaining(join(toys.folder, "absent")),
  });
});

test.each(["sleep", "block"])("a handler in %s is killed after its timeout", async (what) => {
  const toy = start({ timeoutMs: 300 });
  const before = read(await toy.invoke({ do: "describe" }));
  const outcome = await toy.invoke({ do: what, ms: 60_000 });
  expect(outcome).toMatchObject({ outcome: "error", type: "Sandbox.Timedout" });
  expect((outcome as { message: string }).message).toMatch(/timed out after 0\.30 seconds$/);
  expect(isAlive(before.pid)).toBe(false);
  const after = read(await toy.invoke({ do: "describe" }));
  expect(after.invocations).toBe(1);
});

test("a process that exits during an invocation is replaced", async () => {
  const toy = start();
  expect(await toy.invoke({ do: "exit", code: 7 })).toEqual({
    outcome: "error",
    type: "Runtime.ExitError",
    message: "Runtime exited with error: exit status 7",
  });
  expect(read(await toy.invoke({ do: "describe" })).invocations).toBe(1);
});

test("an uncaught exception ends the process after it was reported", async () => {
  const toy = start();
  const before = read(await toy.invoke({ do: "describe" }));
  expect(await toy.invoke({ do: "crash" })).toEqual({
    outcome: "error",
    type: "TypeError",
    message: "this is not caught",
  });
  expect(read(await toy.invoke({ do: "describe" })).pid).not.toBe(before.pid);
});

test("a warm process that dies between two invocations is replaced", async () => {
  const toy = start();
  const { pid } = read(await toy.invoke({ do: "describe" }));
  process.kill(pid, "SIGKILL");
  while (isAlive(pid)) await sleep(5);
  await sleep(20);
  expect(read(await toy.invoke({ do: "describe" })).pid).not.toBe(pid);
});

test("a response of 6 MB is accepted, one byte more is not, and the process stays", async () => {
  const toy = start();
  const limit = 6 * 1024 * 1024;
  expect(await toy.invoke({ do: "answer", bytes: limit })).toMatchObject({ outcome: "ok" });
  expect(await toy.invoke({ do: "answer", bytes: limit + 1 })).toMatchObject({
    outcome: "error",
    type: "Function.ResponseSizeTooLarge",
  });
  expect(read(await toy.invoke({ do: "describe" })).invocations).toBe(3);
});

test("an event of more than 6 MB is refused before it is sent", async () => {
  const event = { do: "describe", padding: "x".repeat(6 * 1024 * 1024) };
  expect(await start().invoke(event)).toMatchObject({ outcome: "error", type: "RequestTooLarge" });
});

test("invocations run concurrently up to the limit, and wait beyond it", async () => {
  const toy = start({ concurrency: 2 });
  const outcomes = await Promise.all(
    Array.from({ length: 6 }, () => toy.invoke({ do: "sleep", ms: 20 })),
  );
  const pids = outcomes.map((outcome) => read(outcome).pid);
  expect(new Set(pids).size).toBe(2);
});

test("stop ends running invocations and leaves no process", async () => {
  const toy = start();
  const { pid } = read(await toy.invoke({ do: "describe" }));
  const underWay = toy.invoke({ do: "sleep", ms: 60_000 });
  const waiting = toy.invoke({ do: "describe" });
  await sleep(50);
  await toy.stop();
  expect(isAlive(pid)).toBe(false);
  expect(await underWay).toMatchObject({ outcome: "error", type: "Runtime.ExitError" });
  expect(await waiting).toMatchObject({ outcome: "error", type: "Sandbox.Stopped" });
});

test("a function exits with its parent, even if the parent is killed and the handler blocks", async () => {
  const script = join(import.meta.dirname, "fixtures", "parent.ts");
  const parent = spawn(process.execPath, [script, toys.bundle("toy")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(parent.stdout, "data")) as [Buffer];
  const pid = Number(line.toString());
  expect(isAlive(pid)).toBe(true);
  parent.kill("SIGKILL");
  await once(parent, "exit");
  await expect.poll(() => isRunning(pid), { timeout: 10_000 }).toBe(false);
});

/** If nobody reaps orphans, a killed process stays as a zombie. */
function isRunning(pid: number): boolean {
  if (!isAlive(pid)) return false;
  const state = execFileSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  return !state.startsWith("Z");
}

test("after a recycling, invocations run in a new process, also while the old one is busy", async () => {
  const toy = start({ concurrency: 2 });
  const warm = read(await toy.invoke({ do: "describe" }));
  const busy = toy.invoke({ do: "sleep", ms: 1_000 });
  await toy.recycle();
  const next = read(await toy.invoke({ do: "describe" }));
  expect(next.invocations).toBe(1);
  const old = read(await busy);
  expect([warm.pid, old.pid]).not.toContain(next.pid);
  for (const { pid } of [warm, old]) await expect.poll(() => isAlive(pid)).toBe(false);
  const pids = await Promise.all(
    [1, 2].map(async () => read(await toy.invoke({ do: "describe" })).pid),
  );
  expect(pids).not.toContain(old.pid);
});
