import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { openDataFolder } from "../../../sandbox/control-plane/data-folder.ts";
import {
  killStaleProcesses,
  writeProcesses,
} from "../../../sandbox/control-plane/stale-processes.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

function start(text: string): ReturnType<typeof spawn> {
  return spawn("sh", ["-c", `: ${text}; sleep 60; :`], { detached: true, stdio: "ignore" });
}

it("kills what runs on its data folder, and leaves alone a pid that now belongs to another process", async () => {
  using temporary = temporaryFolder();
  const folder = openDataFolder(temporary.path);
  const ours = start(`--data-dir=${folder.etcdData}`);
  const somebodys = start("unrelated");
  const ended = once(ours, "exit");
  writeProcesses(folder, [ours.pid ?? 0, somebodys.pid ?? 0]);
  await killStaleProcesses(folder);
  expect(await ended).toEqual([null, "SIGKILL"]);
  expect(somebodys.exitCode ?? somebodys.signalCode).toBeNull();
  process.kill(-(somebodys.pid ?? 0), "SIGKILL");
});

it.each(["", "{", "null", '{"a":1}', '["x", -1, 0, 1, 1.5]'])(
  "does nothing with a file that contains %j",
  async (text) => {
    using temporary = temporaryFolder();
    const folder = openDataFolder(temporary.path);
    writeFileSync(folder.processes, text);
    await expect(killStaleProcesses(folder)).resolves.toBeUndefined();
  },
);
