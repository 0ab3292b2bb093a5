import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { describePlan } from "../../../../core/move/plan/describe-plan.ts";
import { readClusterName } from "../../../../core/move/tools/cluster-api.ts";
import { HIERARCHY, planCase } from "../plan/plan-case.ts";
import { toObject, toUid } from "../plan/set-objects.ts";

describe("objects that belong to a Cluster without being owned", () => {
  const ca = toObject("secrets", "web-ca", { clusterName: "web" });
  const related = [
    ca,
    toObject("secrets", "other-ca", { clusterName: "other" }),
    toObject("secrets", "web-etcd", { clusterName: "web", namespace: "elsewhere" }),
  ];

  it("are listed as what the target has to have, with the selection that has them move", () => {
    const plan = planCase({ reads: { related } });
    expect(plan.problems).toEqual([]);
    const field = "name or label cluster.x-k8s.io/cluster-name";
    expect(plan.left).toEqual([
      { object: "Cluster shop/web", field, refersTo: "Secret shop/web-ca" },
    ]);
    const text = describePlan(plan, { source: "a", target: "b" });
    expect(text).toContain("   secrets/web-ca");
  });

  it("are not listed if they move, or no Cluster does", () => {
    const selected = new Set([toUid("web"), toUid("web-ca")]);
    const moving = planCase({ objects: [...HIERARCHY, ca], reads: { related, selected } });
    expect(moving.left).toEqual([]);
    const alone = planCase({ objects: [toObject("configmaps", "web")], reads: { related } });
    expect(alone.left).toEqual([]);
  });

  it("are known by their label, and Secrets also by their names", () => {
    const labels = { "cluster.x-k8s.io/cluster-name": "web" };
    expect(readClusterName({ metadata: { name: "x", labels } }, "clusterresources.x.io")).toBe(
      "web",
    );
    expect(readClusterName({ metadata: { name: "web-eu-kubeconfig" } }, "secrets")).toBe("web-eu");
    expect(readClusterName({ metadata: { name: "web-ca" } }, "configmaps")).toBeUndefined();
    expect(readClusterName({ metadata: { name: "web-cat" } }, "secrets")).toBeUndefined();
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        readClusterName(value, "secrets");
        readClusterName({ metadata: value }, "secrets");
      }),
    );
  });
});
