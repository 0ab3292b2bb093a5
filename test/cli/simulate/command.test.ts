import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findProjectRoot } from "../../../sandbox/host/project-root.ts";
import { createRecordingFolder, RERUN, TELL, type RecordingFolder } from "./recordings.ts";
import { runSimulate, runSimulateJson } from "./run-simulate.ts";

let folder: RecordingFolder;

beforeEach(() => {
  folder = createRecordingFolder();
});

afterEach(() => {
  folder[Symbol.dispose]();
});

describe("kubemend simulate", () => {
  test("reports each decision with its reason: which part of the condition was false, and which field was missing", async () => {
    const config = folder.writePipeline("p.json", [RERUN, TELL]);
    const file = await folder.writeRecording(config, [
      { name: "backup-1", failedAt: "2026-01-01T00:00:00Z" },
      { name: "backup-2" },
      { name: "report-1", failedAt: "2026-01-01T00:00:00Z" },
      { name: "backup-3", hasStatus: false },
      { name: "backup-4", change: "deleted" },
    ]);
    const { records, exitCode } = await runSimulateJson("--config", config, file);
    expect(exitCode).toBe(0);
    const reported = records.map(({ line, rule, outcome, reason }) => [
      line,
      rule,
      outcome,
      reason,
    ]);
    expect(reported.slice(0, -1)).toEqual([
      [1, "rerun", "matched", "where is true"],
      [1, "tell", "notMatched", "modified is not among deleted"],
      [
        2,
        "rerun",
        "notMatched",
        'where is false: object.status.conditions.exists(c, c.type == "Failed" && c.status == "True")',
      ],
      [2, "tell", "notMatched", "modified is not among deleted"],
      [3, "rerun", "notMatched", 'where is false: object.metadata.name.startsWith("backup")'],
      [3, "tell", "notMatched", "modified is not among deleted"],
      [4, "rerun", "unknown", "object.status is not there"],
      [4, "tell", "notMatched", "modified is not among deleted"],
      [5, "rerun", "notMatched", "deleted is not among added, modified"],
      [5, "tell", "matched", "the rule has no condition"],
    ]);
    expect(records[0]).toMatchObject({
      type: "decision",
      subject: "/apis/batch/v1/namespaces/team/jobs/backup-1",
      kind: "modified",
      onceKey: "condition/Failed/2026-01-01T00:00:00Z",
      record: expect.stringMatching(/^rerun-[0-9a-f]{20}$/),
      mode: "enforce",
      actions: ["createJobFromCronJob"],
    });
    expect(records.at(-1)).toMatchObject({
      type: "summary",
      changes: 5,
      unreadable: 0,
      rules: [
        { rule: "rerun", matched: 1, episodes: 1, notMatched: 3, unknown: 1, error: 0 },
        { rule: "tell", matched: 1, episodes: 1, notMatched: 4, unknown: 0, error: 0 },
      ],
    });
  });

  test("describes it in words, and says which change only repeats an episode", async () => {
    const config = folder.writePipeline("p.json", [RERUN]);
    const failedAt = "2026-01-01T00:00:00Z";
    const file = await folder.writeRecording(config, [
      { name: "backup-1", failedAt },
      { name: "backup-1", failedAt },
      { name: "report-1" },
    ]);
    const { out, err, exitCode } = await runSimulate("--config", config, file);
    expect(exitCode).toBe(0);
    expect(err).toBe("");
    expect(out.replaceAll(/rerun-[0-9a-f]{20}/g, "RECORD")).toBe(
      `jobs.batch team/backup-1 modified 2026-01-01T00:00:00.000Z, line 1
  rerun matched: where is true
    createJobFromCronJob as RECORD, once condition/Failed/2026-01-01T00:00:00Z
      refused OwnerMissing: Job backup-1 has no owner: name the CronJob in the rule, cronJob: {name: ...}
jobs.batch team/backup-1 modified 2026-01-01T00:00:01.000Z, line 2
  rerun matched: where is true
    createJobFromCronJob as RECORD, once condition/Failed/2026-01-01T00:00:00Z, an episode that an earlier change started: nothing is done again
jobs.batch team/report-1 modified 2026-01-01T00:00:02.000Z, line 3
  rerun not matched: where is false: object.metadata.name.startsWith("backup")

3 changes in 3 lines
With ${config}:
  rerun: matched 2 (1 episode), not matched 1, unknown 0, error 0
`,
    );
  });

  test("reports unreadable lines by their number, continues, and exits with 1", async () => {
    const config = folder.writePipeline("p.json", [RERUN]);
    const file = await folder.writeRecording(config, ["{", { name: "report-1" }, '"text"']);
    const { records, exitCode } = await runSimulateJson("--config", config, file);
    expect(exitCode).toBe(1);
    expect(records.map(({ type, line }) => [type, line])).toEqual([
      ["unreadable", 1],
      ["decision", 2],
      ["unreadable", 3],
      ["summary", undefined],
    ]);
    expect(records.at(-1)).toMatchObject({ lines: 3, changes: 1, unreadable: 2 });
  });

  test("a rule decides only on changes of its own watch: others are reported as unbound, with what the rule watches", async () => {
    const recorded = folder.writePipeline("p.json", [RERUN]);
    const file = await folder.writeRecording(recorded, [{ name: "backup-1" }]);
    const narrowed = { ...RERUN, on: { resource: "jobs.batch", namespaces: ["team"] } };
    const config = folder.writePipeline("narrowed.json", [narrowed]);
    const { records, exitCode } = await runSimulateJson("--config", config, file);
    expect(exitCode).toBe(0);
    const { watch } = records[0] ?? {};
    const reason = expect.stringMatching(
      /^no rule is bound to the watch jobs\.batch-[0-9a-f]{12}: rerun on jobs\.batch in namespace team \(jobs\.batch-[0-9a-f]{12}\)$/,
    );
    expect(records).toMatchObject([
      { type: "unbound", line: 1, watch: expect.stringContaining("jobs.batch-"), reason },
      {
        type: "summary",
        unbound: [{ watch, changes: 1, reason }],
        unrecorded: [{ rules: ["rerun"] }],
      },
    ]);
  });

  test("initial objects are decided on by the rules that include them", async () => {
    const config = folder.writePipeline("p.json", [{ ...TELL, on: { resource: "jobs.batch" } }]);
    const file = await folder.writeRecording(config, [{ name: "a", change: "added" }]);
    const message = JSON.parse(readFileSync(file, "utf8")) as { data: { initial?: string[] } };
    message.data.initial = [];
    writeFileSync(file, JSON.stringify(message));
    const { records } = await runSimulateJson("--config", config, file);
    expect(records[0]).toMatchObject({
      outcome: "notMatched",
      reason: expect.stringContaining("before the first start"),
    });
  });

  test("references are resolved with the given catalog, and conditions can read them", async () => {
    const rule = {
      ...TELL,
      on: { resource: "jobs.batch" },
      where: 'references.exists(r, r.result.outcome == "resolved" && r.result.kind == "Backup")',
    };
    const config = folder.writePipeline("p.json", [rule]);
    const file = await folder.writeRecording(config, [{ name: "a" }]);
    const message = JSON.parse(readFileSync(file, "utf8")) as {
      data: { object: { metadata: Record<string, unknown> } };
    };
    message.data.object.metadata["ownerReferences"] = [{ kind: "Backup", name: "b", uid: "u" }];
    writeFileSync(file, JSON.stringify(message));
    const catalog = join(folder.path, "catalog.json");
    const kind = { group: "x.dev", version: "v1", kind: "Backup", resource: "backups" };
    writeFileSync(catalog, JSON.stringify([{ ...kind, namespaced: true }]));
    const without = await runSimulateJson("--config", config, file);
    const withCatalog = await runSimulateJson("--config", config, "--catalog", catalog, file);
    expect(without.records[0]).toMatchObject({ outcome: "notMatched" });
    expect(withCatalog.records[0]).toMatchObject({ outcome: "matched" });
  });

  test("reads every published sample, and reports each invalid one by its line", async () => {
    const config = folder.writePipeline("p.json", [RERUN]);
    const samples = join(findProjectRoot(), "events", "samples", "change-1");
    const [valid = [], invalid = []] = ["valid", "invalid"].map((kind) =>
      readdirSync(join(samples, kind)).map((name) =>
        readFileSync(join(samples, kind, name), "utf8").replace(/\s*\n\s*/g, ""),
      ),
    );
    const file = join(folder.path, "samples.jsonl");
    const unreadable = invalid.filter((text) => text !== "");
    writeFileSync(file, [...valid, ...unreadable].map((line) => `${line}\n`).join(""));
    const { records, exitCode } = await runSimulateJson("--config", config, file);
    expect(exitCode).toBe(1);
    expect(records.at(-1)).toMatchObject({
      changes: valid.length,
      unreadable: unreadable.length,
    });
    const lines = records.filter(({ type }) => type === "unreadable").map(({ line }) => line);
    expect(lines).toEqual(unreadable.map((_, index) => valid.length + index + 1));
  });

  test("prints nothing that could control a terminal", async () => {
    const config = folder.writePipeline("p.json", [RERUN]);
    const file = await folder.writeRecording(config, [{ name: "a\u001B[31m\u202Eb" }]);
    const { raw } = await runSimulate("--config", config, file);
    expect(raw).toContain(String.raw`a\u001b[31m\u202eb`);
    for (const sign of ["a\u001B", "\u202E"]) expect(raw).not.toContain(sign);
  });

  test.each([
    [
      "a pipeline that does not exist",
      ["--config", "absent.yaml", "x"],
      "InvalidConfiguration",
      /absent\.yaml/,
    ],
    [
      "a recording that does not exist",
      ["--config", "p.json", "absent.jsonl"],
      "InvalidConfiguration",
      /absent\.jsonl/,
    ],
    ["an invalid pipeline", ["--config", "bad.json", "x"], "InvalidPipeline", /bad\.json:1:\d+/],
  ])("%s is wrong usage", async (_what, flags, code, message) => {
    folder.writePipeline("p.json", [RERUN]);
    folder.writePipeline("bad.json", [{ ...RERUN, on: { resource: "job" } }]);
    const paths = flags.map((flag) => (flag.includes(".") ? join(folder.path, flag) : flag));
    await expect(runSimulate(...paths)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });
});

test.each([
  ["nowhere.jsonl", "there is no such file"],
  ["", "it is a folder"],
])("a recording %j that cannot be read is refused in words", async (name, why) => {
  const file = join(folder.path, name);
  const args = [file, "--config", folder.writePipeline("p.json", [RERUN])];
  await expect(runSimulate(...args)).rejects.toMatchObject({
    code: "InvalidConfiguration",
    message: `cannot read the recording ${file}: ${why}`,
  });
});
