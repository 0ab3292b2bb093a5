/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { describe, expect, test } from "vitest";
import { parseRemediationRequest } from "../../../events/request.ts";
import { toRecordName } from "../../../events/ids.ts";
import { findRule } from "../../../cli/trigger/find-rule.ts";
import { parseObject } from "../../../cli/trigger/parse-object.ts";
import { toManualRequest, type ManualRun } from "../../../cli/trigger/to-manual-request.ts";
import { builtinCatalog } from "../../../core/references/builtin.ts";
import { toManualAlerts } from "../../../cli/trigger/to-manual-alerts.ts";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";

const ALERT = { alert: { to: "team", summary: "'failed'" } };
const parsed = parsePipeline({
  apiVersion: "kubemend.dev/v1alpha1",
  kind: "Pipeline",
  cluster: { name: "test" },
  rules: [
    { id: "rerun", on: { resource: "jobs.batch" }, then: [{ createJobFromCronJob: {} }] },
    { id: "tell", on: { resource: "jobs.batch" }, then: [ALERT] },
    {
      id: "bury",
      on: { resource: "jobs.batch", changes: ["deleted"] },
      then: [{ createJobFromCronJob: {} }],
    },
    { id: "copy", on: { resource: "jobs.batch" }, then: [{ mirror: { to: ["backup"] } }] },
  ],
});
if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
const pipeline = parsed.value;

describe("the object of `kubemend trigger`", () => {
  const catalog = builtinCatalog();

  test("is named by resource, namespace and name, or by resource and name if it is cluster-scoped", () => {
    expect(parseObject("jobs.batch/data/backup-1", catalog)).toEqual({
      group: "batch",
      version: "v1",
      resource: "jobs",
      kind: "Job",
      namespace: "data",
      name: "backup-1",
    });
    expect(parseObject("nodes/n1", catalog)).toMatchObject({ namespace: null, name: "n1" });
  });

  test.each([
    ["backup-1", /does not name an object: .*RESOURCE\/NAMESPACE\/NAME/],
    ["jobs.batch/data/", /does not name an object/],
    ["pods/data/a/b", /does not name an object/],
    ["job/data/backup-1", /does not serve job; did you mean jobs.batch\?/],
    ["jobs.batch/backup-1", /Job is namespaced/],
    ["nodes/data/n1", /Node is cluster-scoped/],
  ])("%s is refused with a hint", (text, message) => {
    expect(() => parseObject(text, catalog)).toThrow(message);
  });
});

describe("the rule of `kubemend trigger`", () => {
  test.each([
    ["rerum", /no rule rerum; did you mean rerun\?/],
    ["bury", /deleted objects/],
    ["copy", /rule copy mirrors, and a mirror has no single runs/],
  ])("%s cannot be run manually, and the message says why", (id, message) => {
    expect(() => findRule(id, pipeline)).toThrow(message);
  });
});

describe("the alerts of `kubemend trigger` for a rule that only alerts", () => {
  const object = {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: "backup-1", namespace: "data", uid: "job-uid", resourceVersion: "7" },
  };
  const run: ManualRun = {
    pipeline,
    rule: findRule("tell", pipeline),
    clusterUid: "cluster-uid",
    resource: { group: "batch", version: "v1", resource: "jobs", kind: "Job", namespaced: true },
    object,
    references: [],
    user: "alice",
    now: "2026-03-01T10:00:00.000Z",
  };

  test("are those that normalize would send, under a name of their own each time", () => {
    const first = toManualAlerts(run);
    if (first.outcome !== "alerts") throw new Error(first.reason);
    expect(first.alerts[0]?.data).toMatchObject({
      alertId: first.id,
      rule: { id: "tell" },
      to: "team",
      summary: "failed",
      trigger: { namespace: "data", name: "backup-1", uid: "job-uid" },
    });
    const second = toManualAlerts({ ...run, now: "2026-03-01T10:00:00.001Z" });
    expect(second).toMatchObject({ outcome: "alerts", id: expect.not.stringMatching(first.id) });
  });

  test.each([
    ["object.metadata.name == 'other'", "where is false"],
    ["object.status.failed > 0", "object.status is not there"],
  ])("are refused if the rule does not match: %s", (where, reason) => {
    const rule = { ...run.rule, where };
    expect(toManualAlerts({ ...run, rule })).toEqual({ outcome: "refused", reason });
  });
});

describe("the request of `kubemend trigger`", () => {
  const run: ManualRun = {
    pipeline,
    rule: findRule("rerun", pipeline),
    clusterUid: "cluster-uid",
    resource: { group: "batch", version: "v1", resource: "jobs", kind: "Job", namespaced: true },
    object: {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: "backup-1", namespace: "data", uid: "job-uid", resourceVersion: "7" },
    },
    references: [],
    user: "alice",
    now: "2026-03-01T10:00:00.000Z",
  };

  test("is accepted by remediate, and its episode names who requested it and when", () => {
    const { recordName, entry } = toManualRequest(run);
    const read = parseRemediationRequest(entry.body);
    if (read.outcome === "refused") throw new Error(read.reason);
    const { data, subject } = read.value;
    expect(subject).toBe("/apis/batch/v1/namespaces/data/jobs/backup-1");
    expect(data).toMatchObject({
      record: recordName,
      onceKey: "manual/2026-03-01T10:00:00.000Z/alice",
      mode: "enforce",
      change: { kind: "modified" },
      trigger: { namespace: "data", name: "backup-1", uid: "job-uid", resourceVersion: "7" },
    });
    expect(recordName).toBe(
      toRecordName({
        clusterUid: "cluster-uid",
        ruleId: "rerun",
        objectUid: "job-uid",
        onceKey: data.onceKey,
        mode: "enforce",
      }),
    );
  });

  test("differs at another time, for another user and in another mode, but stays in the object's message group", () => {
    const runs = [
      run,
      { ...run, now: "2026-03-01T10:00:00.001Z" },
      { ...run, user: "bob" },
      { ...run, rule: { ...run.rule, mode: "dryRun" as const } },
    ].map(toManualRequest);
    expect(new Set(runs.map(({ recordName }) => recordName)).size).toBe(4);
    expect(new Set(runs.map(({ entry }) => entry.deduplicationId)).size).toBe(4);
    expect(new Set(runs.map(({ entry }) => entry.groupId)).size).toBe(1);
  });

  test("accepts the longest user name", () => {
    const { entry } = toManualRequest({ ...run, user: "u".repeat(10_000) });
    const read = parseRemediationRequest(entry.body);
    expect(read.outcome === "refused" ? 0 : read.value.data.onceKey.length).toBeLessThan(4096);
  });
});
