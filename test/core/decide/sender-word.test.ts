/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { describe, expect, it } from "vitest";
import { findSendersWord, readWrittenAt } from "../../../core/decide/sender-word.ts";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import type { Rule } from "../../../core/pipeline/pipeline.ts";

const NOW = "2026-03-01T10:00:00.000Z";
const minutesAgo = (minutes: number): string =>
  new Date(Date.parse(NOW) - minutes * 60_000).toISOString();

const RERUN = { createJobFromCronJob: {} };

function toRule(rule: object): Rule {
  const parsed = parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "test" },
    rules: [
      {
        id: "rerun",
        on: { resource: "jobs.batch" },
        once: "object",
        then: [RERUN],
        ...rule,
      },
    ],
  });
  const first = parsed.ok ? parsed.value.rules[0] : undefined;
  if (first === undefined) throw new Error(JSON.stringify(parsed));
  return first;
}

function toLive(created: string | undefined, writtenAt?: string) {
  const metadata = { name: "backup-1", uid: "job-uid", creationTimestamp: created };
  return { object: { apiVersion: "batch/v1", kind: "Job", metadata }, writtenAt };
}

const OLD = toLive(minutesAgo(60), minutesAgo(60));
const ask = (rule: object, kind: "added" | "modified", live: typeof OLD, isForeign = false) =>
  findSendersWord(toRule(rule), { id: "c", kind, time: NOW }, live, { now: NOW, isForeign });

describe("whether a rule tells added from modified", () => {
  it.each<[string, object]>([
    ["where", { where: 'change.kind == "added"' }],
    ["where, by index", { where: 'change["kind"] == "added"' }],
    ["once.key", { once: { key: "change.kind" } }],
    ["at", { at: 'change.kind == "added" ? now : timestamp(object.spec.at)' }],
    ["whereTarget", { whereTarget: 'change.kind == "added"' }],
    ["verify", { verify: { where: 'change.kind == "added"', within: "5m" } }],
    ["a summary", { then: [RERUN, { alert: { to: "team", summary: "change.kind" } }] }],
    ["a value that is written", { then: [{ label: { set: { kind: { cel: "change.kind" } } } }] }],
    ["onFailure", { onFailure: [{ label: { set: { kind: { cel: "change.kind" } } } }] }],
  ])("does if %s reads the kind", (_what, rule) => {
    expect(ask(rule, "added", OLD)).toBe("nothing shows that the object was added");
  });

  it.each<[string, object]>([
    ["nothing", {}],
    ["the id, which is that of the live state", { where: 'change.id != ""' }],
    ["a field of that name", { where: 'object.metadata.annotations["change"] == "x"' }],
    ["a variable of its own", { where: 'object.spec.list.exists(change, change == "x")' }],
    ["the time, which is near that of the function", { where: "change.time < now" }],
  ])("does not if it reads %s", (_what, rule) => {
    expect(ask(rule, "added", OLD)).toBeUndefined();
  });
});

describe("that an object was modified", () => {
  const MODIFIED = { on: { resource: "jobs.batch", changes: ["modified"] } };

  it("is shown by a write after its creation", () => {
    expect(ask(MODIFIED, "modified", toLive(minutesAgo(60), minutesAgo(59)))).toBeUndefined();
  });

  it("is shown by a write within the second of its creation, as times are whole seconds", () => {
    expect(ask(MODIFIED, "modified", OLD)).toBeUndefined();
  });

  it("is shown by a creation just now, if its writes are not recorded", () => {
    expect(ask(MODIFIED, "modified", toLive(minutesAgo(15)))).toBeUndefined();
    expect(ask(MODIFIED, "modified", toLive(minutesAgo(15.1)))).toMatch(/modified/);
  });

  it("is not shown by an object without times", () => {
    expect(ask(MODIFIED, "modified", toLive(undefined))).toMatch(/modified/);
  });
});

describe("that a state is new", () => {
  it("is shown for 15 minutes after the last write", () => {
    expect(ask({}, "modified", toLive(minutesAgo(60), minutesAgo(15)), true)).toBeUndefined();
    expect(ask({}, "modified", toLive(minutesAgo(60), minutesAgo(15.1)), true)).toMatch(/lately/);
  });

  it("is shown by the creation of an object, too", () => {
    expect(ask({}, "added", toLive(minutesAgo(14)), true)).toBeUndefined();
  });

  it("is not shown by an object without times", () => {
    expect(ask({}, "modified", toLive(undefined), true)).toMatch(/lately/);
    expect(ask({}, "modified", toLive("yesterday", "today"), true)).toMatch(/lately/);
  });

  it("is not asked without signing keys, nor of a rule that includes initial objects", () => {
    expect(ask({}, "modified", OLD, false)).toBeUndefined();
    expect(ask({ initial: "include" }, "added", OLD, true)).toBeUndefined();
  });
});

describe("the time of the last write", () => {
  const written = (managedFields: unknown) =>
    readWrittenAt({
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: "backup-1", uid: "job-uid", managedFields },
    });

  it("is the newest of those that the API server has recorded", () => {
    const times = ["2026-03-01T09:00:00Z", "2026-03-01T09:30:00Z", "2026-03-01T09:10:00Z"];
    expect(written(times.map((time) => ({ time })))).toBe("2026-03-01T09:30:00Z");
  });

  it.each([undefined, [], "x", [{}], [{ time: 7 }]])("is unknown for %j", (managedFields) => {
    expect(written(managedFields)).toBeUndefined();
  });
});
