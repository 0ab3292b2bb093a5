import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createLogStream } from "../../../relay/observe/log-stream.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

it("writes each line at once", () => {
  using folder = temporaryFolder();
  const file = join(folder.path, "log");
  const fd = openSync(file, "a");
  const stream = createLogStream(fd);
  stream.write("one\n");
  expect(readFileSync(file, "utf8")).toBe("one\n");
  stream.write("two\n");
  expect(readFileSync(file, "utf8")).toBe("one\ntwo\n");
  closeSync(fd);
});

it.skipIf(!existsSync("/dev/full"))(
  "survives a full disk, and reports once that lines are lost",
  () => {
    const fd = openSync("/dev/full", "w");
    const reports: string[] = [];
    const stream = createLogStream(fd, (text) => void reports.push(text));
    for (let index = 0; index < 3; index += 1) stream.write("line\n");
    expect(reports).toEqual([
      expect.stringMatching(/^kubemend: log lines cannot be written and are lost: .*ENOSPC/),
    ]);
    closeSync(fd);
  },
);
