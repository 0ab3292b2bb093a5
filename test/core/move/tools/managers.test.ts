import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { describePlan } from "../../../../core/move/plan/describe-plan.ts";
import { readManagerMark } from "../../../../core/move/tools/managers.ts";
import { planCase } from "../plan/plan-case.ts";
import { toObject } from "../plan/set-objects.ts";

describe("tools that have made objects that move", () => {
  it("are named by the plan with the number of these objects", () => {
    const objects = [
      toObject("configmaps", "a", { managerMark: "argocd.argoproj.io/tracking-id" }),
      toObject("configmaps", "b", { managerMark: "argocd.argoproj.io/tracking-id" }),
      toObject("configmaps", "c"),
    ];
    const plan = planCase({ objects, select: ["a", "b", "c"] });
    expect(plan.problems).toEqual([]);
    expect(describePlan(plan, { source: "x", target: "y" }).at(-1)).toBe(
      "   Argo CD (argocd.argoproj.io/tracking-id): 2 objects, such as Configmap shop/a",
    );
    expect(planCase().managers).toEqual([]);
  });

  it("are known by annotations and by labels", () => {
    const name = "kustomize.toolkit.fluxcd.io/name";
    expect(readManagerMark({ metadata: { labels: { [name]: "shop" } } })).toBe(name);
    const release = "meta.helm.sh/release-name";
    expect(readManagerMark({ metadata: { annotations: { [release]: "shop" } } })).toBe(release);
    expect(readManagerMark({ metadata: { labels: { app: "shop" } } })).toBeUndefined();
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        readManagerMark(value);
        readManagerMark({ metadata: value });
      }),
    );
  });
});
