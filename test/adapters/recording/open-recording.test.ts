import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openRecording } from "../../../adapters/recording/open-recording.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

test("lines are in the file once append resolves, in the order of the calls", async () => {
  using folder = temporaryFolder();
  const file = join(folder.path, "changes.jsonl");
  const recording = await openRecording(file);
  await recording.append(["1", "2"]);
  expect(readFileSync(file, "utf8")).toBe("1\n2\n");
  await Promise.all([3, 4, 5, 6].map((line) => recording.append([String(line)])));
  await recording.close();
  expect(readFileSync(file, "utf8")).toBe("1\n2\n3\n4\n5\n6\n");
});

test("a recording is continued; an incomplete line stays a line of its own", async () => {
  using folder = temporaryFolder();
  const file = join(folder.path, "changes.jsonl");
  writeFileSync(file, "1\n2\n3, cut o");
  for (const line of ["4", "5"]) {
    const recording = await openRecording(file);
    await recording.append([line]);
    await recording.close();
  }
  expect(readFileSync(file, "utf8")).toBe("1\n2\n3, cut o\n4\n5\n");
});

test("only its owner may read it: it contains the cluster's objects", async () => {
  using folder = temporaryFolder();
  const file = join(folder.path, "changes.jsonl");
  await (await openRecording(file)).close();
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("a file that cannot be written is an error with the reason", async () => {
  using folder = temporaryFolder();
  await expect(openRecording(join(folder.path, "absent", "file"))).rejects.toMatchObject({
    code: "Invalid",
    message: expect.stringMatching(/^cannot write the recording: ENOENT.*absent/),
  });
});
