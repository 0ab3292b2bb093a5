import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createRecordingFolder, type RecordingFolder } from "../recordings.ts";
import { runSimulate, runSimulateJson } from "../run-simulate.ts";

/** Written by `kubemend record` on Kubernetes 1.36.3 while five Jobs of two CronJobs failed within 9 seconds. */
const RECORDING = join(import.meta.dirname, "failed-jobs.jsonl");

let folder: RecordingFolder;
let cronJobs: string;

beforeEach(() => {
  folder = createRecordingFolder();
  cronJobs = join(folder.path, "cron-jobs.yaml");
  const objects = readFileSync(RECORDING, "utf8")
    .split("\n")
    .filter((line) => line.includes('"kind":"CronJob","apiVersion"'))
    .map((line) => JSON.stringify((JSON.parse(line) as { data: { object: object } }).data.object));
  writeFileSync(cronJobs, objects.join("\n---\n"));
});

afterEach(() => {
  folder[Symbol.dispose]();
});

const toRule = (guards: object = {}, action: object = {}): object => ({
  id: "rerun",
  on: { resource: "jobs.batch" },
  where: 'object.status.conditions.exists(c, c.type == "Failed" && c.status == "True")',
  then: [{ createJobFromCronJob: { cronJob: "owner", ...action } }],
  guards,
  verify: {},
});

const simulate = (rule: object, ...flags: readonly string[]) =>
  runSimulateJson(
    "--config",
    folder.writePipeline("p.json", [rule]),
    "--objects",
    cronJobs,
    ...flags,
    RECORDING,
  );

describe("a recording of a real cluster", () => {
  test("shows for each failed Job the Job that would take its place, and waits for it", async () => {
    const config = folder.writePipeline("p.json", [toRule()]);
    const { out, exitCode } = await runSimulate(
      "--config",
      config,
      "--objects",
      cronJobs,
      RECORDING,
    );
    expect(exitCode).toBe(0);
    expect(
      out.match(/would create Job shop\/backup-[0-9a-f]{12} from CronJob shop\/backup\n/g),
    ).toHaveLength(3);
    expect(
      out.match(/would create Job shop\/report-[0-9a-f]{12} from CronJob shop\/report\n/g),
    ).toHaveLength(2);
    expect(
      out.match(/\+ {11}image: registry\.example\/backup:1|\+ +- name: main\n/g),
    ).not.toBeNull();
    expect(out.match(/would wait until Job shop\/\S+ is complete, at most 1h\n/g)).toHaveLength(5);
    expect(out).toContain("rerun: guards: started 5\n");
  });

  test("shows which of them a limit would have held back, and that they would have expired", async () => {
    const { records } = await simulate(toRule({ maxPerHour: 2, deferFor: "10m" }));
    const answers = records.flatMap(({ guards, subject }) =>
      guards === undefined || typeof subject !== "string"
        ? []
        : [[subject.split("/").at(-1), guards]],
    );
    expect(answers).toMatchObject([
      ["backup-1", { outcome: "started" }],
      ["report-1", { outcome: "started" }],
      ["backup-2", { outcome: "deferred", code: "MaxPerHour" }],
      ["backup-3", { outcome: "deferred", code: "MaxPerHour" }],
      ["report-3", { outcome: "deferred", code: "MaxPerHour" }],
    ]);
    expect(records.at(-1)).toMatchObject({
      guards: [{ started: 2, deferred: { MaxPerHour: 3 }, expired: { MaxPerHour: 3 } }],
    });
  });

  test("shows how long they would have waited for each other", async () => {
    const { records } = await simulate(toRule({ maxInFlight: 1 }), "--assume-duration", "20s");
    const started = records.filter(
      ({ type, outcome }) => type === "guard" && outcome === "started",
    );
    expect(started.map(({ code }) => code)).toEqual(Array(4).fill("MaxInFlight"));
    const waited = started.map(({ heldMs }) => Math.round(Number(heldMs) / 1_000));
    expect(waited).toEqual([20, 36, 52, 72]);
  });

  test("shows on which of them another set of guards would have decided differently", async () => {
    const other = folder.writePipeline("q.json", [toRule({ maxPerHour: 4, deferFor: "30m" })]);
    const { records } = await simulate(
      toRule({ maxPerHour: 2, deferFor: "30m" }),
      "--against",
      other,
    );
    const kinds = records.map(({ type, before, after }) => [
      type,
      readOutcome(before),
      readOutcome(after),
    ]);
    expect(kinds).toEqual([
      ["difference", "deferred", "started"],
      ["difference", "deferred", "started"],
      ["guardDifference", "expired", "started"],
      ["guardDifference", "expired", "started"],
      ["summary", undefined, undefined],
    ]);
  });

  test("shows what another parameter of an action changes", async () => {
    const other = folder.writePipeline("q.json", [toRule({}, { labels: { again: "yes" } })]);
    const { records } = await simulate(toRule(), "--against", other);
    expect(records.filter(({ type }) => type === "difference")).toHaveLength(5);
  });
});

function readOutcome(side: unknown): unknown {
  const { outcome, guards } = (side ?? {}) as { outcome?: string; guards?: { outcome: string } };
  return guards?.outcome ?? outcome;
}
