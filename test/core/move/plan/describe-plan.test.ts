import { describe, expect, it } from "vitest";
import { describePlan } from "../../../../core/move/plan/describe-plan.ts";
import { toMermaid } from "../../../../core/move/plan/to-mermaid.ts";
import { HIERARCHY, planCase } from "./plan-case.ts";
import { toObject, toUid } from "./set-objects.ts";

describe("a plan for people", () => {
  const left = [{ object: "Cluster shop/web", field: "spec.ref", refersTo: "Secret shop/cloud" }];
  const plan = planCase({
    spec: { removeFinalizers: ["machine.cluster.x-k8s.io"] },
    facts: {
      wholes: new Map([
        [toUid("web"), { left, dropped: [{ field: "spec.address", value: '"10.0.0.1"' }] }],
      ]),
      referrers: [{ object: "Policy shop/p", field: "spec.ref", refersTo: "Cluster shop/web" }],
      unseen: [{ resource: "pods", reason: "there are 9000 of them" }],
    },
  });

  it("shows the steps in their order", () => {
    expect(describePlan(plan, { source: "a", target: "b" })).toEqual([
      "4 objects on 3 levels from a to b",
      "",
      "1. wait  until no object has an annotation that blocks the move, and no Job of a CronJob runs: nothing blocks it at present",
      "2. pause in the source, after the present values were stored; then look for blocks once more",
      "   Cluster shop/web: spec.paused",
      "3. create in the target, owners first",
      "   Cluster shop/web",
      "      └─ Machinedeployment shop/web-md",
      "         └─ Machine shop/web-1",
      "      └─ Secret shop/web-kubeconfig",
      "   these have no pause of their own (--pause names one), so from here until 5 they are active in both clusters: Machinedeployment shop/web-md, Secret shop/web-kubeconfig, Machine shop/web-1",
      "4. verify that the target has each object as the source has it",
      "── from here on there is no way back ──",
      "5. delete in the source, dependents first, and wait until each is gone",
      "   level 2: Machine shop/web-1",
      "   level 1: Machinedeployment shop/web-md, Secret shop/web-kubeconfig",
      "   level 0: Cluster shop/web",
      "   finalizer cluster.cluster.x-k8s.io of 1 object is left to its controller: the deletion waits for that (--remove-finalizer takes it off)",
      "   finalizer machine.cluster.x-k8s.io of 1 object is taken off after the deletion was accepted",
      "6. resume in the target: each pause becomes what it was in the source",
      "",
      "Values that somebody has chosen and that do not move, because each cluster sets its own:",
      '   Cluster shop/web spec.address: "10.0.0.1"',
      "",
      "References to objects that do not move, which the target has to have:",
      "   Cluster shop/web spec.ref: Secret shop/cloud",
      "References of objects that stay in these namespaces to objects that move:",
      "   Policy shop/p spec.ref: Cluster shop/web",
      "References of objects that stay were not looked for in:",
      "   pods: there are 9000 of them",
    ]);
  });

  it("is a flowchart that creates from owners down and deletes from dependents up", () => {
    const text = toMermaid(plan);
    expect(text).toContain('co0["Cluster shop/web"]');
    expect(text).toContain("co0 --> co1");
    expect(text).toContain("do1 --> do0");
    expect(text).toContain('subgraph pause["2 pause in the source"]\n    po0["Cluster shop/web"]');
    expect(text).toContain(
      "  wait --> pause --> create --> verify --> noReturn --> delete --> resume\n",
    );
  });

  it("shows in the flowchart what the steps do not, too", () => {
    const text = toMermaid(plan);
    expect(text).toContain('["finalizer cluster.cluster.x-k8s.io is left to its controller"]');
    expect(text).toContain('["Cluster shop/web spec.ref: Secret shop/cloud stays"]');
    expect(text).toContain('["Policy shop/p stays, and its spec.ref refers to Cluster shop/web"]');
    expect(text).toContain('["Cluster shop/web moves without its spec.address: #34;10.0.0.1#34;"]');
    expect(text).toContain('["references of pods were not looked for"]');
    expect(text).not.toContain("REFUSED");
  });

  it("is a flowchart that begins with all problems", () => {
    const refused = planCase({
      select: ["web-md"],
      spec: { removeFinalizers: ["machine.cluster.x-k8s.io"] },
    });
    expect(toMermaid(refused).split("\n").slice(1, 5)).toEqual([
      '  subgraph refused["REFUSED, for 1 reason"]',
      expect.stringContaining("it is deleted in the source. Way out: "),
      "  end",
      "  style refused fill:#fdd,stroke:#c00",
    ]);
  });

  it("has no steps if there is nothing that could move", () => {
    const unmatched = [{ resource: "configmaps", namespace: "shop", name: "a" }];
    const none = planCase({ objects: [], select: [], reads: { unmatched } });
    expect(describePlan(none, { source: "a", target: "b" })).toEqual([
      "0 objects on 0 levels from a to b",
      "",
      "This move is refused, for 1 reason:",
      expect.stringContaining('there is no configmaps "a" in namespace shop'),
    ]);
  });

  it("counts many objects of a resource, and breaks no label", () => {
    const many = Array.from({ length: 200 }, (_, at) =>
      toObject("machines.cluster.x-k8s.io", `m${at}`, { owners: ["web"] }),
    );
    const rule = toObject("roles", 'a"b]', { owners: ["web"] });
    const large = planCase({ objects: [...HIERARCHY, ...many, rule] });
    const text = describePlan(large, { source: "a", target: "b" }).join("\n");
    expect(text).toContain("└─ 200 × Machine in shop");
    expect(text.split("\n").length).toBeLessThan(40);
    expect(toMermaid(large)).toContain('["200 × Machine in shop"]');
    expect(toMermaid(large)).toContain('["Role shop/a#34;b]"]');
  });
});
