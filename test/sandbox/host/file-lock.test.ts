import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readHolder, tryLock, waitForLock } from "../../../sandbox/host/file-lock.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

const HOLDER = join(import.meta.dirname, "support", "lock-holder.ts");

async function startHolder(path: string): Promise<{ child: ChildProcess; answer: string }> {
  const child = spawn(process.execPath, [HOLDER, path], { stdio: ["ignore", "pipe", "inherit"] });
  const [chunk] = (await once(child.stdout, "data")) as [Buffer];
  return { child, answer: chunk.toString() };
}

it("is held by one process, and released as soon as that process is killed", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "lock");
  const { child, answer } = await startHolder(path);
  expect(answer).toBe("held");
  expect(tryLock(path)).toBeUndefined();
  expect(readHolder(path)).toBe(child.pid);
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
  using lock = tryLock(path);
  expect(lock).toBeDefined();
});

it("is refused to another process while we hold it, and to ourselves as well", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "lock");
  using lock = tryLock(path);
  expect(lock).toBeDefined();
  expect(tryLock(path)).toBeUndefined();
  expect((await startHolder(path)).answer).toBe("refused");
});

it("is awaited until it is released, and the holder's pid is reported", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "lock");
  const first = tryLock(path);
  const holders: (number | undefined)[] = [];
  using second = await waitForLock(path, (holder) => {
    holders.push(holder);
    first?.[Symbol.dispose]();
  });
  expect(second).toBeDefined();
  expect(holders).toEqual([process.pid]);
});

it("is no longer awaited when the signal aborts", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "lock");
  using _first = tryLock(path);
  const abort = new AbortController();
  const waiting = waitForLock(path, () => abort.abort(new Error("enough")), abort.signal);
  await expect(waiting).rejects.toThrow("enough");
});

it("names the file and gives a hint if it cannot be created", () => {
  using folder = temporaryFolder();
  const file = join(folder.path, "file");
  writeFileSync(file, "");
  expect(() => tryLock(join(file, "lock"))).toThrow(
    expect.objectContaining({ code: "StateFolder", message: expect.stringContaining(file) }),
  );
});
