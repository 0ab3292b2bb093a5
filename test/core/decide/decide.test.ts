/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { describe, expect, test } from "vitest";
import type { ChangeData, ChangeMessage } from "../../../events/change.ts";
import { toChangeId, toRecordName, type ChangeKind } from "../../../events/ids.ts";
import { decide as decideBound, type Decision } from "../../../core/decide/decide.ts";
import { compareDigests as compareBound } from "../../../core/pipeline/compare-digests.ts";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import { findBoundRules, planWatches } from "../../../core/pipeline/watches.ts";

const ALERT = [{ alert: { to: "a", summary: "'x'" } }];
const CLUSTER = { name: "prod", uid: "cluster-uid" };
const OBJECT = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "a", namespace: "n", uid: "object-uid", labels: { level: "3" } },
  data: { level: "high" },
};

test("a rule that reads more than metadata is unknown for a message with only metadata, whatever its condition", () => {
  const { data: _data, ...metadataOnly } = OBJECT;
  const pipeline = toPipeline({ where: "!has(object.data.level)" });
  const message = toMessage(pipeline, { object: metadataOnly, payload: "metadata" });
  expect(decide({ pipeline, message, references: [] })).toMatchObject([
    {
      outcome: "unknown",
      reason: "object.data.level is not there: the message has only the object's metadata",
    },
  ]);
});

test("a rule that reads more is unknown for an object that was left out of its message, with the reason", () => {
  const { data: _data, ...metadataOnly } = OBJECT;
  const pipeline = toPipeline({ where: "!has(object.data)" });
  const ask = (data: Partial<ChangeData>) => {
    const message = toMessage(pipeline, { object: metadataOnly, ...data });
    return decide({ pipeline, message, references: [] })[0];
  };
  const reason = "object.data is not there: the message has only the object's metadata";
  expect(ask({ truncated: true })).toMatchObject({ outcome: "unknown", reason });
  expect(ask({ truncated: true, reason: "too large" })).toMatchObject({
    reason: `${reason} (too large)`,
  });
  expect(ask({ truncated: false })).toMatchObject({ outcome: "matched" });
});

type Input = Omit<Parameters<typeof decideBound>[0], "rules"> & { readonly pipeline: Pipeline };

/** By the rules that the pipeline binds to the message's watch. */
function decide({ pipeline, message, references }: Input): readonly Decision[] {
  const rules = findBoundRules(pipeline, message.data.watch);
  return decideBound({ rules, message, references });
}

function compareDigests(pipeline: Pipeline, message: ChangeMessage): object {
  return compareBound(pipeline, findBoundRules(pipeline, message.data.watch), message);
}

function toPipeline(rule: object): Pipeline {
  const head = { apiVersion: "kubemend.dev/v1alpha1", kind: "Pipeline", cluster: { name: "prod" } };
  const rules = [
    { id: "r", on: { resource: "configmaps" }, once: "change", then: ALERT, ...rule },
    { id: "elsewhere", on: { resource: "secrets" }, once: "change", then: ALERT },
  ];
  const parsed = parsePipeline({ ...head, rules });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value;
}

function toMessage(pipeline: Pipeline, data: Partial<ChangeData> = {}): ChangeMessage {
  const change: ChangeKind = data.change ?? "modified";
  const identity = { clusterUid: CLUSTER.uid, objectUid: "object-uid", resourceVersion: "7" };
  const watch = planWatches(pipeline)[0];
  return {
    specversion: "1.0",
    id: toChangeId({ ...identity, change }),
    source: `/clusters/${CLUSTER.uid}/watches/${watch?.key}`,
    type: `dev.kubemend.object.${change}`,
    subject: "/api/v1/namespaces/n/configmaps/a",
    time: "2026-01-01T00:00:00.000Z",
    dataschema: "urn:kubemend:change:1",
    traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    data: {
      cluster: CLUSTER,
      watch: watch?.key ?? "",
      pipeline: pipeline.digest,
      rules: Object.fromEntries(watch?.rules.map(({ id, digest }) => [id, digest]) ?? []),
      resource: {
        group: "",
        version: "v1",
        resource: "configmaps",
        kind: "ConfigMap",
        namespaced: true,
      },
      change,
      resourceVersion: "7",
      epoch: 1,
      object: OBJECT,
      ...data,
    },
  };
}

function decideOne(rule: object, data: Partial<ChangeData> = {}): Decision {
  const pipeline = toPipeline(rule);
  const decisions = decide({ pipeline, message: toMessage(pipeline, data), references: [] });
  expect(decisions.map((decision) => decision.rule.id)).toEqual(["r"]);
  const [decision] = decisions;
  if (decision === undefined) throw new Error("no decision");
  return decision;
}

test("a rule that remediates does not match in kube-system, and one that alerts does", () => {
  const object = { ...OBJECT, metadata: { ...OBJECT.metadata, namespace: "kube-system" } };
  const then = [{ label: { set: { a: "b" } } }];
  expect(decideOne({ then }, { object })).toMatchObject({
    outcome: "notMatched",
    reason: "a rule remediates in kube-system only if on.namespaces names it",
  });
  expect(decideOne({}, { object })).toMatchObject({ outcome: "matched" });
});

test("a rule does not match an object that has opted out, if its condition holds", () => {
  const labels = { "kubemend.dev/remediate": "false", level: "3" };
  const object = { ...OBJECT, metadata: { ...OBJECT.metadata, labels } };
  const then = [{ label: { set: { a: "b" } } }];
  const reason = 'the object has kubemend.dev/remediate: "false"';
  expect(decideOne({ then }, { object })).toMatchObject({
    outcome: "notMatched",
    reason,
    isLeftAlone: true,
  });
  const where = 'object.data.level == "low"';
  expect(decideOne({ then, where }, { object })).toMatchObject({ reason: "where is false" });
  const namespaceLabels = { "kubemend.dev/remediate": "false" };
  expect(decideOne({ then }, { namespaceLabels })).toMatchObject({ isLeftAlone: true });
  const guards = { optIn: { labelSelector: "mend" } };
  expect(decideOne({ then, guards })).toMatchObject({ outcome: "matched" });
  expect(decideOne({ then, guards }, { namespaceLabels: {} })).toMatchObject({
    isLeftAlone: true,
  });
});

test("a match names the episode and its record", () => {
  const decision = decideOne({ where: 'object.data.level == "high"' });
  const pipeline = toPipeline({});
  const onceKey = `change/${toMessage(pipeline).id}`;
  expect(decision).toMatchObject({ outcome: "matched", onceKey });
  const identity = { clusterUid: CLUSTER.uid, ruleId: "r", objectUid: "object-uid", onceKey };
  expect(decision.recordName).toBe(toRecordName({ ...identity, mode: "enforce" }));
});

test("the same message is decided the same way twice", () => {
  const pipeline = toPipeline({ where: "now > timestamp('2025-01-01T00:00:00Z')" });
  const input = { pipeline, message: toMessage(pipeline), references: [] };
  expect(decide(input)).toEqual(decide(input));
  expect(decide(input)[0]?.outcome).toBe("matched");
});

test("a dry run has a record of its own and does not use up the episode", () => {
  const enforce = decideOne({});
  const dryRun = decideOne({ guards: { mode: "dryRun" } });
  expect(dryRun.onceKey).toBe(enforce.onceKey);
  expect(dryRun.recordName).not.toBe(enforce.recordName);
});

describe("no match, with the reason", () => {
  test("a false condition", () => {
    const decision = decideOne({ where: 'object.data.level == "low"' });
    expect(decision).toMatchObject({ outcome: "notMatched", reason: "where is false" });
  });

  test.each<[ChangeKind, string]>([
    ["deleted", "notMatched"],
    ["left", "notMatched"],
    ["added", "matched"],
    ["modified", "matched"],
  ])("%s by default: %s", (change, outcome) => {
    expect(decideOne({}, { change }).outcome).toBe(outcome);
  });

  test("deleted and left match only if the rule names them", () => {
    const on = { resource: "configmaps", changes: ["deleted", "left"] };
    expect(decideOne({ on }, { change: "deleted" }).outcome).toBe("matched");
    expect(decideOne({ on }, { change: "left" }).outcome).toBe("matched");
    expect(decideOne({ on }, { change: "modified" }).outcome).toBe("notMatched");
  });

  test("an initial object, unless the message names the rule", () => {
    expect(decideOne({}, { initial: [] }).outcome).toBe("notMatched");
    expect(decideOne({}, { initial: ["other"] }).reason).toMatch(/before the first start/);
    expect(decideOne({}, { initial: ["r"] }).outcome).toBe("matched");
  });
});

describe("a rule on added alone that does not include initial objects", () => {
  const on = { resource: "configmaps", changes: ["added"] };

  test("matches an object that is created, but not an initial object, however that changes", () => {
    expect(decideOne({ on }, { change: "added" }).outcome).toBe("matched");
    expect(decideOne({ on }, { change: "added", initial: ["other"] }).outcome).toBe("notMatched");
    expect(decideOne({ on }, { change: "modified" }).outcome).toBe("notMatched");
  });

  test("matches an object found by comparing, as it may be new; where can exclude it", () => {
    const found = { change: "added", gap: true } as const;
    expect(decideOne({ on }, found).outcome).toBe("matched");
    expect(decideOne({ on, where: "!change.gap" }, found).outcome).toBe("notMatched");
  });
});

test("a field that is not there is unknown, and the reason names it", () => {
  const decision = decideOne({ where: "object.status.ready" });
  expect(decision).toMatchObject({ outcome: "unknown", reason: "object.status is not there" });
  expect(decision.recordName).toBeUndefined();
});

test.each<[string, object, RegExp]>([
  ["types that do not fit", { where: "object.data.level > 3" }, /where: > does not take/],
  ["a condition that is no boolean", { where: "object.data.level" }, /must be true or false/],
  ["an episode that the object lacks", { once: { condition: "Ready" } }, /the condition Ready/],
])("an error is neither a match nor silence: %s", (_what, rule, reason) => {
  const decision = decideOne(rule);
  expect(decision.outcome).toBe("error");
  expect(decision.reason).toMatch(reason);
});

test("conditions see the references with their outcome", () => {
  const where =
    "references.exists(r, r.relation == 'involved' && r.result.outcome == 'unresolved')";
  const pipeline = toPipeline({ where });
  const result = { outcome: "unresolved", reason: "unknown-kind", candidates: [] } as const;
  const references = [{ field: "involvedObject", relation: "involved", result }];
  const decisions = decide({ pipeline, message: toMessage(pipeline), references });
  expect(decisions[0]?.outcome).toBe("matched");
});

test("no rule decides about a message of a watch that this pipeline does not have", () => {
  const pipeline = toPipeline({});
  const message = toMessage(pipeline, { watch: "configmaps-000000000000" });
  expect(decide({ pipeline, message, references: [] })).toEqual([]);
});

describe("digests of relay and function", () => {
  test("agree if both have the same file", () => {
    const pipeline = toPipeline({});
    const expected = { rules: [], pipeline: false };
    expect(compareDigests(pipeline, toMessage(pipeline))).toEqual(expected);
  });

  test("name the rules that differ, or that only one of them has", () => {
    const relay = toPipeline({ where: "true" });
    const own = toPipeline({});
    const message = toMessage(relay);
    expect(compareDigests(own, message)).toEqual({ rules: ["r"], pipeline: true });
    const bare = toMessage(own, { rules: { gone: "x" } });
    expect(compareDigests(own, bare)).toEqual({ rules: ["r", "gone"], pipeline: false });
  });

  test("the function decides by its own rule even if the digests differ", () => {
    const own = toPipeline({ where: "false" });
    const message = toMessage(toPipeline({ where: "true" }));
    expect(decide({ pipeline: own, message, references: [] })[0]?.reason).toBe("where is false");
  });
});

describe("an Event that reports the outcome of a remediation", () => {
  const rule = { on: { resource: "events" }, where: 'object.type == "Warning"' };
  const head = {
    apiVersion: "v1",
    kind: "Event",
    metadata: OBJECT.metadata,
    type: "Warning",
    reason: "RemediationFailed",
  };
  const outcomeOf = (fields: object): string | undefined => {
    const pipeline = toPipeline(rule);
    const message = toMessage(pipeline, { object: { ...head, ...fields } });
    return decide({ pipeline, message, references: [] })[0]?.outcome;
  };

  test("matches no rule, because the record sends its own alerts and must not trigger another", () => {
    expect(outcomeOf({ reportingComponent: "kubemend.dev/remediate" })).toBe("notMatched");
    const later = {
      apiVersion: "events.k8s.io/v1",
      reportingController: "kubemend.dev/remediate",
    };
    expect(outcomeOf(later)).toBe("notMatched");
  });

  test("of any other reporter matches", () => {
    expect(outcomeOf({ reportingComponent: "kubelet" })).toBe("matched");
    expect(outcomeOf({})).toBe("matched");
  });
});
