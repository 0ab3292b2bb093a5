/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { describe, expect, it } from "vitest";
import { meaningOf } from "./meaning-of.ts";

function meaningWith(mirror: object, rule: object = {}): string {
  const common = {
    on: { resource: "configmaps", namespaces: ["shop"] },
    then: [{ mirror: { to: ["backup-eu"], ...mirror } }],
  };
  const facts = { typesOf: "the schemas", metadataOnly: true, nowMs: 0 };
  const clusters = [{ name: "backup-eu", access: { kubeconfig: "a" } }];
  return meaningOf({ ...common, ...rule }, facts, { clusters });
}

describe("the meaning of a mirror", () => {
  it.each([
    ["rolebindings", "bind"],
    ["clusterroles", "escalate"],
  ])("notes that a copy of %s needs a right that --rbac does not print", (resource, verb) => {
    const on = { resource: `${resource}.rbac.authorization.k8s.io` };
    expect(meaningWith({}, { on })).toMatch(
      new RegExp(`^Note: an API server .* or the verb ${verb} there`, "m"),
    );
  });

  it("has its defaults", () => {
    expect(meaningWith({}).split("\n")).toEqual([
      "Watches configmaps in the namespace shop; only their metadata is read, except by the function transfer.",
      "Mirrors each of them, except copies from other clusters and what belongs to its own cluster only.",
      "Keeps a copy of each equal in backup-eu.",
      "A copy is deleted (delete: propagate) when its source is deleted, and is deleted (left: delete) when the rule no longer covers it.",
      "An object of a copy's name that Kubemend did not put there is left as it is, and a record says so (conflict: fail).",
      "A copy that somebody has changed is repaired (drift: repair).",
      "Compares all of them every 1h, and after the rule has changed or a cluster was away.",
      "Types: checked against the schemas.",
    ]);
  });

  it.each([
    [{ namespaces: { shop: "shop-dr" } }, "those of shop in shop-dr."],
    [{ names: { prefix: "eu-" } }, "The names of copies begin with eu-."],
    [
      { labels: { set: { from: { cel: "cluster.name" } } } },
      "have the labels from = cluster.name.",
    ],
    [{ annotations: { remove: ["a", "b"] } }, "do not have the annotations a and b."],
    [{ fields: { set: { "spec.replicas": 0 } } }, "Copies have spec.replicas = 0."],
    [{ fields: { remove: ["spec.paused"] } }, "Copies do not have spec.paused."],
    [{ images: [{ from: "a/", to: "b/" }] }, "Images that begin with a/ become b/."],
    [{ status: true }, "(status: true)"],
    [{ delete: "keep" }, "A copy stays (delete: keep) when its source is deleted, and stays"],
    [{ left: "keep" }, "and stays (left: keep) when the rule no longer covers it."],
    [{ conflict: "adopt" }, "becomes the copy (conflict: adopt)."],
    [{ drift: "report" }, "is only reported (drift: report)."],
    [{ compareEvery: "6h" }, "every 6h"],
  ])("says what %o does", (mirror, sentence) => {
    expect(meaningWith(mirror)).toContain(sentence);
  });

  it("says what its alert is about, its condition and its mode", () => {
    const then = [{ mirror: { to: ["backup-eu"] } }, { alert: { to: "ops", summary: "'x'" } }];
    const rule = { then, where: "has(object.data)", guards: { mode: "dryRun" } };
    const meaning = meaningWith({}, rule);
    expect(meaning).toContain("those for which this is true: has(object.data)");
    expect(meaning).toContain("If an object cannot be mirrored, and when that is over: Alerts ops");
    expect(meaning).toContain("writes nothing: it only reports (mode: dryRun)");
  });
});
