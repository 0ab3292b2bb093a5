import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { showLogs } from "../../../cli/sandbox/logs.ts";
import { openPipelineLog } from "../../../sandbox/pipeline/pipeline-log.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

let folder: ReturnType<typeof temporaryFolder>;
let written: string[];

beforeEach(() => {
  folder = temporaryFolder();
  written = [];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => written.push(String(text)) > 0);
});

afterEach(() => {
  vi.restoreAllMocks();
  folder[Symbol.dispose]();
});

const never = new AbortController().signal;
const lines = (): readonly string[] => written.join("").trimEnd().split("\n");

test("--json prints the lines of all parts as they were written and in their order, or those of one part without its name", async () => {
  const log = openPipelineLog(folder.path);
  log.write("relay", "started");
  log.write("normalize", "one\u001B[2J");
  log.write("relay", "two");
  await showLogs({ dataDir: folder.path, part: undefined, follow: false, json: true }, never);
  expect(lines()).toEqual(["relay started", String.raw`normalize one\u001b[2J`, "relay two"]);
  written.length = 0;
  await showLogs({ dataDir: folder.path, part: "relay", follow: false, json: true }, never);
  expect(lines()).toEqual(["started", "two"]);
  log.close();
});

test("for people, each line is readable, and records of metrics are left out", async () => {
  const log = openPipelineLog(folder.path);
  log.write("relay", '{"level":30,"time":"2026-03-01T10:00:00.000Z","msg":"relay started"}');
  log.write("sweep", '{"_aws":{},"service":"kubemend-sweep","Records":4}');
  log.write("sweep", "no JSON\u001B[2J");
  const options = { dataDir: folder.path, part: undefined, follow: false };
  await showLogs({ ...options, json: false }, never);
  expect(lines()).toEqual([
    expect.stringMatching(/^\d\d:\d\d:\d\d  INFO   relay      relay started$/),
    String.raw`sweep      no JSON\u001b[2J`,
  ]);
  written.length = 0;
  await showLogs({ ...options, json: true }, never);
  expect(lines()).toHaveLength(3);
  log.close();
});

test("followed lines continue in a new file: one that was full, and that of the next start", async () => {
  const log = openPipelineLog(folder.path, 40);
  const stop = new AbortController();
  const following = showLogs(
    { dataDir: folder.path, part: "sweep", follow: true, json: true },
    stop.signal,
  );
  for (let index = 0; index < 5; index += 1) {
    log.write("sweep", `line ${index} of the first start`);
    await vi.waitFor(() => expect(lines()).toHaveLength(index + 1), 20_000);
  }
  log.close();
  const next = openPipelineLog(folder.path);
  next.write("sweep", "second start");
  await vi.waitFor(() => expect(lines().at(-1)).toBe("second start"), 20_000);
  stop.abort();
  await following;
  next.close();
  expect(lines()).toHaveLength(6);
});

test("a folder without logs is refused with what to do", async () => {
  const shown = showLogs(
    { dataDir: folder.path, part: undefined, follow: false, json: true },
    never,
  );
  await expect(shown).rejects.toThrow(
    /There are no logs in .*: no sandbox .* `npx kubemend sandbox up --data-dir .*`/,
  );
});
