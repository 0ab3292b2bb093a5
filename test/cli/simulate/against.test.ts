import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createRecordingFolder, RERUN, TELL, type RecordingFolder } from "./recordings.ts";
import { runSimulate, runSimulateJson } from "./run-simulate.ts";

let folder: RecordingFolder;

beforeEach(() => {
  folder = createRecordingFolder();
});

afterEach(() => {
  folder[Symbol.dispose]();
});

describe("kubemend simulate --against", () => {
  test("prints only what would change, with both decisions", async () => {
    const config = folder.writePipeline("p.json", [RERUN]);
    const failedAt = "2026-01-01T00:00:00Z";
    const file = await folder.writeRecording(config, [
      { name: "backup-1", failedAt },
      { name: "backup-2" },
      { name: "b-3", failedAt },
    ]);
    const wider = { ...RERUN, where: RERUN.where.replace('"backup"', '"b"') };
    const other = folder.writePipeline("q.json", [wider, TELL]);
    const { records, exitCode } = await runSimulateJson(
      "--config",
      config,
      "--against",
      other,
      file,
    );
    expect(exitCode).toBe(0);
    expect(records).toMatchObject([
      {
        type: "difference",
        line: 3,
        rule: "rerun",
        before: { outcome: "notMatched", reason: expect.stringContaining('startsWith("backup")') },
        after: { outcome: "matched", actions: ["createJobFromCronJob"] },
      },
      { type: "summary", different: 1, changes: 3, against: { rules: [{ matched: 2 }, {}] } },
    ]);
  });

  test.each<[string, object, string | null]>([
    ["another action", { then: [{ alert: { to: "x", summary: "'s'" } }] }, "matched"],
    ["another mode", { guards: { mode: "dryRun" } }, "matched"],
    ["another episode", { once: "object" }, "matched"],
    ["another name", { id: "renamed" }, null],
    ["another selection", { on: { resource: "jobs.batch", namespaces: ["team"] } }, null],
  ])("%s is a change", async (_what, edit, after) => {
    const config = folder.writePipeline("p.json", [RERUN]);
    const other = folder.writePipeline("q.json", [{ ...RERUN, ...edit }]);
    const failedAt = "2026-01-01T00:00:00Z";
    const file = await folder.writeRecording(config, [{ name: "backup-1", failedAt }]);
    const { records } = await runSimulateJson("--config", config, "--against", other, file);
    expect(records[0]).toMatchObject({
      type: "difference",
      rule: "rerun",
      before: { outcome: "matched" },
      after: after === null ? null : { outcome: after },
    });
  });

  test("the same condition in other words is not a change", async () => {
    const config = folder.writePipeline("p.json", [RERUN, TELL]);
    const reworded = { ...RERUN, where: `true && (${RERUN.where})` };
    const other = folder.writePipeline("q.json", [TELL, reworded]);
    const failedAt = "2026-01-01T00:00:00Z";
    const file = await folder.writeRecording(config, [
      { name: "backup-1", failedAt },
      { name: "b", change: "deleted" },
    ]);
    const { out } = await runSimulate("--config", config, "--against", other, file);
    expect(out).toContain(`${other} decides the same as ${config}.`);
    expect(out).not.toContain("team/");
  });

  const toMark = (label: object, more: object = {}): object => ({
    ...RERUN,
    then: [{ label: { set: label } }],
    ...more,
  });
  const compare = async (before: object, after: object) => {
    const config = folder.writePipeline("p.json", [before]);
    const other = folder.writePipeline("q.json", [after]);
    const failedAt = "2026-01-01T00:00:00Z";
    const file = await folder.writeRecording(config, [{ name: "backup-1", failedAt }]);
    const flags = ["--config", config, "--against", other, file];
    const { out } = await runSimulate(...flags);
    return { ...(await runSimulateJson(...flags)), out, config, other };
  };

  test("a rule that does something else is a change, with the operations in which they differ", async () => {
    const same = { x: "1" };
    const { records, out, config, other } = await compare(
      toMark(
        { state: "a" },
        { then: [{ label: { set: { state: "a" } } }, { annotate: { set: same } }] },
      ),
      toMark(
        { state: "b" },
        { then: [{ label: { set: { state: "b" } } }, { annotate: { set: same } }] },
      ),
    );
    const toStep = (to: string): object => ({
      plan: { steps: [{ changes: [{ path: ["metadata", "labels"], to: { state: to } }] }, {}] },
    });
    expect(records).toMatchObject([
      { type: "difference", rule: "rerun", before: toStep("a"), after: toStep("b") },
      { type: "summary", different: 1 },
    ]);
    const lines = out.split("\n");
    const [was, is] = [config, other].map((file) =>
      lines.findIndex((line) => line.startsWith(`    ${file}: matched`)),
    );
    expect(lines[(was ?? 0) + 1]).toContain('metadata.labels.state (none) -> "a"');
    expect(lines[(is ?? 0) + 1]).toContain('metadata.labels.state (none) -> "b"');
    expect(out).not.toContain("metadata.annotations.x");
  });

  test("a rule that says the same in other words does the same", async () => {
    const { records } = await compare(
      toMark({ state: "team" }),
      toMark({ state: { cel: "object.metadata.namespace" } }),
    );
    expect(records).toMatchObject([{ type: "summary", different: 0 }]);
  });

  test.each([
    ["a verification", { verify: { where: "true == true", within: "5m" } }],
    ["a wait", { for: "5m" }],
    ["an action of onFailure", { onFailure: [{ annotate: { set: { a: "b" } } }] }],
  ])("%s is a change", async (_what, more) => {
    const { records } = await compare(toMark({ a: "b" }), toMark({ a: "b" }, more));
    expect(records.map(({ type }) => type)).toEqual(["difference", "summary"]);
  });
});
