/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { describe, expect, it } from "vitest";
import { toMirrorNotes } from "../../../../cli/validate/describe/mirror-notes.ts";
import { parsePipeline } from "../../../../core/pipeline/parse/parse-pipeline.ts";

function notesOf(...rules: readonly object[]): readonly string[] {
  const parsed = parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "prod" },
    clusters: ["a", "b", "hub"].map((name, index) => ({
      name,
      uid: `${index}1111111-1111-4111-8111-111111111111`,
      access: { secret: name },
    })),
    rules: rules.map((rule, index) => ({ id: `rule-${index + 1}`, ...rule })),
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return toMirrorNotes(parsed.value).map(({ rule, note }) => `${rule}: ${note}`);
}

const ON = { resource: "deployments.apps" };
const toRule = (on: object, mirror: object): object => ({ on, then: [{ mirror }] });

describe("several sources with a common target", () => {
  it("are noted, because their objects want the same places", () => {
    const notes = notesOf(toRule({ ...ON, clusters: ["a", "b"] }, { to: ["hub"] }));
    expect(notes).toEqual([expect.stringContaining("in a and b want one place in hub")]);
  });

  it("are not noted if the target is one of them", () => {
    const all = ["a", "b"];
    expect(notesOf(toRule({ ...ON, clusters: all }, { to: all }))).toEqual([]);
  });
});

describe("a rule whose copies hold other objects or data", () => {
  it("is noted if it deletes them", () => {
    const on = { resource: "namespaces" };
    const notes = notesOf(toRule(on, { to: ["a"], left: "delete" }));
    expect(notes).toEqual([
      "rule-1: with a copy everything in it is deleted, also what is only in the target: when the rule no longer covers it (left: delete). Without these keys copies of namespaces stay.",
    ]);
  });

  it("is not noted without these keys", () => {
    expect(notesOf(toRule({ resource: "namespaces" }, { to: ["a"] }))).toEqual([]);
  });
});

describe("a rule that acts on the copies", () => {
  const then = [{ scale: { target: { cluster: "a" }, replicas: 3 } }];
  const failover = { on: ON, once: "object", then };

  it("is noted if the mirror repairs them", () => {
    const fields = { set: { "spec.replicas": 0 } };
    const notes = notesOf(toRule(ON, { to: ["a"], fields }), failover);
    expect(notes).toEqual([
      expect.stringContaining("the rule rule-2 acts on deployments.apps in a (scale)"),
    ]);
  });

  it.each([
    ["only reports drift", { to: ["a"], drift: "report" }],
    ["does without the field", { to: ["a"], fields: { remove: ["spec.replicas"] } }],
    ["has another target", { to: ["b"] }],
  ])("is not noted if the mirror %s", (_which, mirror) => {
    expect(notesOf(toRule(ON, mirror), failover)).toEqual([]);
  });
});

describe("two rules that mirror", () => {
  it("the same objects to the same places are noted", () => {
    const notes = notesOf(
      toRule(ON, { to: ["a"] }),
      toRule({ ...ON, labelSelector: "x=y" }, { to: ["a"] }),
    );
    expect(notes).toEqual([expect.stringContaining("the rule rule-2 may mirror the same objects")]);
  });

  it.each([
    ["other objects", { ...ON, labelSelector: "x=z" }, {}],
    ["to another place", { ...ON, labelSelector: "x=y" }, { names: { prefix: "b-" } }],
  ])("%s are not noted", (_which, on, mirror) => {
    const one = toRule({ ...ON, labelSelector: "x=y" }, { to: ["a"] });
    expect(notesOf(one, toRule(on, { to: ["a"], ...mirror }))).toEqual([]);
  });

  it("back and forth and both adopt are noted", () => {
    const notes = notesOf(
      toRule({ ...ON, clusters: ["a"] }, { to: ["b"], conflict: "adopt" }),
      toRule({ ...ON, clusters: ["b"] }, { to: ["a"], conflict: "adopt" }),
    );
    expect(notes).toEqual([
      expect.stringContaining("the rule rule-2 mirrors back, and both adopt"),
    ]);
  });
});

it("a rule on Pods is noted, because controllers make them", () => {
  const where = "!has(object.metadata.ownerReferences)";
  expect(notesOf(toRule({ resource: "pods" }, { to: ["a"] }))).toEqual([
    expect.stringContaining("pods that a controller makes"),
  ]);
  expect(notesOf({ ...toRule({ resource: "pods" }, { to: ["a"] }), where })).toEqual([]);
});

it("a rule on CronJobs is noted, because the copies run", () => {
  const on = { resource: "cronjobs.batch" };
  const fields = { set: { "spec.suspend": true } };
  expect(notesOf(toRule(on, { to: ["a"] }))).toEqual([expect.stringContaining("the copies run")]);
  expect(notesOf(toRule(on, { to: ["a"], fields }))).toEqual([]);
});
