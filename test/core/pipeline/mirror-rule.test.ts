/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { describe, expect, it } from "vitest";
import { findMirror, findMirrorRules } from "../../../core/pipeline/mirror-rule.ts";
import { makesRecord } from "../../../core/pipeline/makes-record.ts";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import { toProjection } from "../../../core/pipeline/projection.ts";
import { findUnnamedSystem } from "../../../core/pipeline/system-namespaces.ts";
import { planWatches } from "../../../core/pipeline/watches.ts";

function parse(rule: object) {
  const parsed = parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "prod" },
    clusters: [{ name: "backup-eu", access: { kubeconfig: "a" } }],
    rules: [
      {
        id: "a",
        on: { resource: "configmaps" },
        then: [
          { mirror: { to: ["backup-eu"] } },
          { alert: { to: "ops", summary: "object.data.name" } },
        ],
        ...rule,
      },
    ],
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  const [first] = parsed.value.rules;
  if (first === undefined) throw new Error("no rule");
  return { pipeline: parsed.value, rule: first };
}

describe("a rule that mirrors", () => {
  it("sees all kinds of changes, and the objects of its first start", () => {
    const { rule } = parse({});
    expect(rule.on.changes).toEqual(["added", "modified", "deleted", "left"]);
    expect(rule.initial).toBe("include");
  });

  it("has the defaults of its parameters", () => {
    expect(findMirror(parse({}).rule)).toEqual({
      to: ["backup-eu"],
      conflict: "fail",
      delete: "propagate",
      drift: "repair",
      compareEvery: "1h",
      namespaces: {},
      names: {},
      labels: { set: {}, remove: [] },
      annotations: { set: {}, remove: [] },
      fields: { set: {}, remove: [] },
      images: [],
      status: false,
    });
  });

  it.each([
    "namespaces",
    "customresourcedefinitions.apiextensions.k8s.io",
    "persistentvolumeclaims",
    "persistentvolumes",
  ])("keeps copies of %s, unless it says otherwise", (resource) => {
    const { rule } = parse({});
    const of = (mirror: object) =>
      findMirror({
        on: { resource },
        then: rule.then.map((one) => ({ ...one, parameters: { ...one.parameters, ...mirror } })),
      });
    expect(of({ delete: undefined })).toMatchObject({ delete: "keep", left: "keep" });
    expect(of({ delete: "propagate" })).toMatchObject({ delete: "propagate", left: "keep" });
    expect(of({ left: "delete" })).toMatchObject({ delete: "keep", left: "delete" });
  });

  it("makes no record of a match", () => {
    expect(makesRecord(parse({}).rule)).toBe(false);
  });

  it("needs no bodies in messages, whatever its condition and its alerts read", () => {
    const { pipeline } = parse({ where: "has(object.data)" });
    expect(planWatches(pipeline).map((watch) => toProjection(watch))).toEqual(["metadata"]);
  });

  it("need not know of objects that vanished before they were sent", () => {
    const { pipeline } = parse({});
    expect(planWatches(pipeline).map(({ carriesDeleted }) => carriesDeleted)).toEqual([false]);
  });

  it.each([
    [{ resource: "configmaps" }, "kube-system", true],
    [{ resource: "configmaps", namespaces: ["kube-system"] }, "kube-system", false],
    [{ resource: "configmaps" }, "shop", false],
  ])("on %o leaves the objects of %s alone: %s", (on, namespace, isLeftAlone) => {
    expect(findUnnamedSystem(parse({ on }).rule, namespace) !== undefined).toBe(isLeftAlone);
  });

  it("is found among others", () => {
    const { pipeline } = parse({});
    expect(findMirrorRules(pipeline.rules).map(({ rule }) => rule.id)).toEqual(["a"]);
  });
});
