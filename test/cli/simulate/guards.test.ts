import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createRecordingFolder, type RecordingFolder } from "./recordings.ts";
import { runSimulate, runSimulateJson } from "./run-simulate.ts";

let folder: RecordingFolder;

beforeEach(() => {
  folder = createRecordingFolder();
});

afterEach(() => {
  folder[Symbol.dispose]();
});

const MARK = {
  id: "mark",
  on: { resource: "jobs.batch" },
  where: 'object.status.conditions.exists(c, c.type == "Failed" && c.status == "True")',
  then: [{ label: { set: { failed: "yes" } } }],
};

/** Each minute a Job fails. */
const failures = (...names: readonly string[]) =>
  names.map((name, index) => {
    const time = `2026-01-01T00:0${index}:00.000Z`;
    return { name, failedAt: time, time };
  });

const toMark = (guards: object) => ({ ...MARK, guards: { deferFor: "30m", ...guards } });

describe("the guards of a rule in kubemend simulate", () => {
  test("decide about each request by the times of the recording, and say what happens later", async () => {
    const config = folder.writePipeline("p.json", [toMark({ cooldown: "90s", maxPerHour: 2 })]);
    const file = await folder.writeRecording(config, failures("a", "a", "b", "c"));
    const { records, exitCode } = await runSimulateJson("--config", config, file);
    expect(exitCode).toBe(0);
    const said = records.flatMap(({ type, guards, time, line, outcome, code, heldMs }) => {
      if (type === "decision") return [guards];
      return type === "guard" ? [{ time, line, outcome, code, heldMs }] : [];
    });
    expect(said).toMatchObject([
      { outcome: "started" },
      {
        outcome: "deferred",
        code: "Cooldown",
        until: "2026-01-01T00:01:30.000Z",
        expiresAt: "2026-01-01T00:31:00.000Z",
      },
      {
        time: "2026-01-01T00:01:30.000Z",
        line: 2,
        outcome: "started",
        code: "Cooldown",
        heldMs: 30_000,
      },
      { outcome: "deferred", code: "MaxPerHour" },
      { outcome: "deferred", code: "MaxPerHour" },
      { time: "2026-01-01T00:32:00.000Z", line: 3, outcome: "expired", code: "MaxPerHour" },
      { time: "2026-01-01T00:33:00.000Z", line: 4, outcome: "expired", code: "MaxPerHour" },
    ]);
    expect(said).toHaveLength(7);
    expect(records.at(-1)).toMatchObject({
      assumed: { durationMs: 0, fails: false },
      guards: [
        {
          rule: "mark",
          started: 2,
          startedLater: 1,
          deferred: { Cooldown: 1, MaxPerHour: 2 },
          expired: { MaxPerHour: 2 },
        },
      ],
    });
  });

  test("in words", async () => {
    const config = folder.writePipeline("p.json", [toMark({ cooldown: "90s" })]);
    const file = await folder.writeRecording(config, failures("a", "a"));
    const { out } = await runSimulate("--config", config, file);
    const lines = out.replaceAll(/mark-[0-9a-f]{20}/g, "RECORD").split("\n");
    expect(lines).toContain("      guards: starts");
    expect(lines).toContain(
      "      guards: held back by Cooldown until 2026-01-01T00:01:30.000Z at least, and expires at 2026-01-01T00:31:00.000Z: the same object was remediated at 2026-01-01T00:00:00.000Z, and its cooldown of 90s ends at 2026-01-01T00:01:30.000Z",
    );
    expect(lines).toContain(
      "2026-01-01T00:01:30.000Z RECORD starts, after it was held back by Cooldown for 30s (line 2)",
    );
    expect(lines).toContain(
      "  mark: guards: started 2 (1 after being held back), held back 1 (Cooldown 1)",
    );
    expect(out).toContain("each remediation to have succeeded at once");
  });

  test.each([
    [[], { started: 3, deferred: {} }],
    [["--assume-duration", "3m"], { started: 3, deferred: { MaxInFlight: 1 } }],
    [
      ["--assume-failure"],
      { started: 2, deferred: { BreakerOpen: 1 }, expired: { BreakerOpen: 1 } },
    ],
  ])("%j is what is assumed about the end of a remediation", async (flags, counts) => {
    const guards = { maxInFlight: 2, breaker: { failures: 2, halfOpenAfter: "1h" } };
    const config = folder.writePipeline("p.json", [toMark(guards)]);
    const file = await folder.writeRecording(config, failures("a", "b", "c"));
    const { records } = await runSimulateJson("--config", config, ...flags, file);
    expect(records.at(-1)).toMatchObject({ guards: [counts] });
  });

  test("windows, freezes and modes by time are those of the recorded time", async () => {
    const windows = ["04:00-06:00 UTC"];
    const modes = [{ during: "00:00-00:01 UTC", mode: "approval" }, { mode: "enforce" }];
    const guards = { windows, modes, deferFor: "8h" };
    const alert = { alert: { to: "t", summary: "'x'" } };
    const rule = { ...toMark(guards), then: [...MARK.then, alert] };
    const config = folder.writePipeline("p.json", [rule]);
    const file = await folder.writeRecording(config, failures("a", "b"));
    const { records } = await runSimulateJson("--config", config, file);
    const waits = records.flatMap(({ plan }) => (plan === undefined ? [] : [plan]));
    expect(waits).toMatchObject([
      { waits: ["waits until a person approves what follows"] },
      { waits: [] },
    ]);
    const later = records.flatMap(({ type, time, outcome, code }) =>
      type === "guard" ? [{ time, outcome, code }] : [],
    );
    const opens = { time: "2026-01-01T04:00:00.000Z", outcome: "started", code: "WindowClosed" };
    expect(later).toEqual([opens, opens]);
  });

  test("an episode that has expired asks again at its next match", async () => {
    const config = folder.writePipeline("p.json", [toMark({ maxPerHour: 1, deferFor: "1m" })]);
    const [first, second] = failures("a", "b");
    const late = { name: "b", failedAt: second?.failedAt ?? "", time: "2026-01-01T02:00:00.000Z" };
    const file = await folder.writeRecording(config, [first ?? "", second ?? "", late]);
    const { records } = await runSimulateJson("--config", config, file);
    const answers = records.flatMap(({ guards, type }) => (type === "decision" ? [guards] : []));
    expect(answers).toMatchObject([
      { outcome: "started" },
      { outcome: "deferred" },
      { outcome: "started" },
    ]);
  });

  test("a rule that only alerts has none, and neither has what is refused anyway", async () => {
    const alert = { ...MARK, then: [{ alert: { to: "t", summary: "'x'" } }] };
    const run = { ...MARK, id: "run", then: [{ createJobFromCronJob: { cronJob: "owner" } }] };
    const config = folder.writePipeline("p.json", [alert, run]);
    const file = await folder.writeRecording(config, failures("a"));
    const { records } = await runSimulateJson("--config", config, file);
    expect(records.at(-1)).toMatchObject({ type: "summary", guards: [] });
    expect(records[0]).not.toHaveProperty("guards");
  });

  test("of a rule that only alerts, the messages of its groups are counted for each receiver", async () => {
    const alert = { ...MARK, then: [{ alert: { to: "t", summary: "'x'" } }] };
    const config = folder.writePipeline("p.json", [alert]);
    const file = await folder.writeRecording(config, failures("a", "b", "c"));
    const { records } = await runSimulateJson("--config", config, file);
    expect(records.at(-1)).toMatchObject({
      alerts: [{ rule: "mark", to: "t", alerts: 3, messages: { first: 1, window: 1 } }],
    });
    const { out } = await runSimulate("--config", config, file);
    expect(out).toContain("  mark: t gets 2 messages about 3 alerts (first 1, window 1)\n");
  });

  test("a time that is none is wrong usage", async () => {
    const config = folder.writePipeline("p.json", [MARK]);
    const args = ["--config", config, "--assume-duration", "soon", "x"];
    await expect(runSimulate(...args)).rejects.toThrow("--assume-duration soon: expected a number");
  });
});

describe("two sets of guards", () => {
  const compare = async (before: object, after: object, names: readonly string[]) => {
    const config = folder.writePipeline("p.json", [toMark(before)]);
    const other = folder.writePipeline("q.json", [toMark(after)]);
    const file = await folder.writeRecording(config, failures(...names));
    return runSimulateJson("--config", config, "--against", other, file);
  };

  test("differ where one starts what the other holds back, and where the ends differ", async () => {
    const { records } = await compare({ cooldown: "off" }, { cooldown: "90s", maxPerHour: 2 }, [
      "a",
      "a",
      "b",
    ]);
    expect(records).toMatchObject([
      {
        type: "difference",
        line: 2,
        before: { guards: { outcome: "started" } },
        after: { guards: { outcome: "deferred", code: "Cooldown" } },
      },
      {
        type: "difference",
        line: 3,
        before: { guards: { outcome: "started" } },
        after: { guards: { outcome: "deferred", code: "MaxPerHour" } },
      },
      {
        type: "guardDifference",
        line: 3,
        before: { outcome: "started", time: "2026-01-01T00:02:00.000Z" },
        after: { outcome: "expired", code: "MaxPerHour", time: "2026-01-01T00:32:00.000Z" },
      },
      {
        type: "summary",
        different: 2,
        guards: [{ started: 3 }],
        against: { guards: [{ started: 2, startedLater: 1 }] },
      },
    ]);
  });

  test("do not differ if they are only written differently", async () => {
    const { records } = await compare({ cooldown: "5m" }, { cooldown: "300s" }, ["a", "a"]);
    expect(records).toMatchObject([{ type: "summary", different: 0 }]);
  });
});
