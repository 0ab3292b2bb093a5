import { describe, expect, it } from "vitest";
import { describePlan } from "../../../../core/move/plan/describe-plan.ts";
import { planCase } from "./plan-case.ts";
import { toObject } from "./set-objects.ts";

describe("an object with an owner that stays", () => {
  it("is refused with what that owner loses, and with both ways out", () => {
    const objects = [
      toObject("clusters.cluster.x-k8s.io", "web"),
      toObject("secrets", "creds", { owners: ["web", "api"] }),
    ];
    expect(planCase({ objects }).problems).toMatchObject([
      {
        code: "OwnedOutside",
        object: "Secret shop/creds",
        reason: "its owner Owner api does not move, and would lose it: it is deleted in the source",
        wayOut: expect.stringMatching(
          /--drop-owners\): Owner api then stays without the object.*take the owner reference to Cluster shop\/web off/,
        ),
      },
    ]);
    const dropped = planCase({ objects, spec: { dropOwners: true } });
    expect(dropped.problems).toEqual([]);
    expect(describePlan(dropped, { source: "a", target: "b" })).toEqual(
      expect.arrayContaining([
        "Owners that stay and lose these objects; the copies do without them:",
        "   Secret shop/creds: Owner api",
      ]),
    );
    // The garbage collector takes only the reference off if another owner is there.
    const select = [{ resource: "clusters.cluster.x-k8s.io", namespace: "shop", name: "web" }];
    expect(planCase({ objects, spec: { select } }).problems).toMatchObject([
      { reason: expect.stringContaining("would lose this owner, or be deleted with it if") },
    ]);
  });
});
