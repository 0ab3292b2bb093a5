import { describe, expect, it } from "vitest";
import { describePlan } from "../../../../core/move/plan/describe-plan.ts";
import { toMermaid } from "../../../../core/move/plan/to-mermaid.ts";
import { toPlanProblem } from "../../../../core/move/plan/to-plan-problem.ts";
import type { MovePlan } from "../../../../core/move/plan/to-plan.ts";
import { HIERARCHY, planCase } from "./plan-case.ts";
import { toObject, toUid } from "./set-objects.ts";

const codes = ({ problems }: MovePlan): readonly string[] => problems.map(({ code }) => code);

describe("a plan", () => {
  it("has the objects in the order of their creation, with what is kept of each", () => {
    const { objects, levels, problems } = planCase();
    expect([problems, levels]).toEqual([[], 3]);
    expect(objects.map(({ level, name }) => `${level} ${name}`)).toEqual([
      "0 web",
      "1 web-md",
      "1 web-kubeconfig",
      "2 web-1",
    ]);
    expect(objects[0]).toEqual({
      group: "cluster.x-k8s.io",
      version: "v1",
      resource: "clusters",
      kind: "Cluster",
      namespace: "shop",
      name: "web",
      uid: toUid("web"),
      level: 0,
      pause: { field: "spec.paused" },
      finalizers: ["cluster.cluster.x-k8s.io"],
      state: "Planned",
    });
    expect(objects.at(-1)?.owners).toEqual([toUid("web-md")]);
  });

  it("is refused if an owner or an owned object would be torn off, unless the Move says so", () => {
    const outside = planCase({
      select: ["web-md"],
      spec: { removeFinalizers: ["machine.cluster.x-k8s.io"] },
    });
    expect(outside.problems).toMatchObject([
      {
        code: "OwnedOutside",
        object: "Machinedeployment shop/web-md",
        reason:
          "its owner Cluster shop/web does not move, and would lose it: it is deleted in the source",
        wayOut: expect.stringContaining("--drop-owners"),
      },
    ]);
    expect(
      codes(
        planCase({
          select: ["web-md"],
          spec: { dropOwners: true, removeFinalizers: ["machine.cluster.x-k8s.io"] },
        }),
      ),
    ).toEqual([]);
    const select = [{ resource: "clusters.cluster.x-k8s.io", namespace: "shop", name: "web" }];
    const alone = planCase({ spec: { select } });
    expect(alone.problems.map(({ code, reason }) => [code, reason])).toEqual([
      ["OwnsOutside", expect.stringContaining("it owns Machinedeployment shop/web-md")],
      ["OwnsOutside", expect.stringContaining("it owns Secret shop/web-kubeconfig")],
    ]);
    const leaving = planCase({ spec: { select, leaveOwned: true } });
    expect(codes(leaving)).toEqual([]);
    expect(leaving.objects).toMatchObject([{ name: "web", leavesOwned: true }]);
  });

  it("leaves what an object owns if it could not be looked at and that was said, else it is refused", () => {
    const unread = { resource: "widgets.example.com", reason: "503", code: "Unavailable" } as const;
    const reads = { unread: [unread] };
    expect(planCase({ reads }).problems).toMatchObject([
      { code: "Unread", wayOut: expect.stringContaining("have its API answer in the source") },
    ]);
    const { objects, problems } = planCase({ reads, spec: { leaveOwned: true } });
    expect(problems).toEqual([]);
    expect(objects.every(({ leavesOwned }) => leavesOwned === true)).toBe(true);
  });

  it("does not leave the Pods of a workload behind, which would run in both clusters", () => {
    const objects = [
      toObject("deployments.apps", "app"),
      toObject("replicasets.apps", "app-1", { owners: ["app"] }),
      toObject("configmaps", "settings", { owners: ["app"] }),
    ];
    const select = [{ resource: "deployments.apps", namespace: "shop", name: "app" }];
    const leaving = { select: ["app"], objects, spec: { select, leaveOwned: true } };
    expect(planCase(leaving).problems).toMatchObject([
      { code: "OwnsOutside", reason: expect.stringContaining("would stay and run in the source") },
    ]);
    // It leaves nothing behind.
    expect(codes(planCase({ ...leaving, objects: objects.slice(0, 2) }))).toEqual([]);
    const reads = {
      unread: [{ resource: "widgets.example.com", code: "Forbidden" as const, reason: "403" }],
    };
    const unseen = planCase({ ...leaving, objects: objects.slice(0, 1), reads });
    expect(unseen.problems).toMatchObject([{ wayOut: expect.stringContaining("grant list") }]);
  });

  it("does not begin with empty volumes, unless that was said", () => {
    const objects = [toObject("statefulsets.apps", "db")];
    const select = [{ resource: "statefulsets.apps", namespace: "shop", name: "db" }];
    const claim = {
      object: "Statefulset shop/db",
      field: "spec.volumeClaimTemplates[0]",
      refersTo: "PersistentVolumeClaim shop/data-db-*",
    };
    const wholes = new Map([[toUid("db"), { left: [claim], claims: [claim] }]]);
    const moving = { objects, select: ["db"], facts: { wholes } };
    expect(planCase({ ...moving, spec: { select } }).problems).toMatchObject([
      {
        code: "LeavesData",
        object: "Statefulset shop/db",
        reason: expect.stringContaining("PersistentVolumeClaim shop/data-db-*"),
        wayOut: expect.stringContaining("--leave-data"),
      },
    ]);
    const said = planCase({ ...moving, spec: { select, leaveData: true } });
    expect([said.problems, said.left]).toEqual([[], [claim]]);
  });

  it("names all that speaks against it at once", () => {
    const objects = [
      ...HIERARCHY,
      toObject("persistentvolumeclaims", "data", { owners: ["web"] }),
      toObject("secrets", "going", { owners: ["web"], isTerminating: true, finalizers: ["a/b"] }),
    ];
    const plan = planCase({
      objects,
      facts: {
        wholes: new Map([
          [toUid("web-kubeconfig"), { left: [], bond: "a credential of its own cluster" }],
          [toUid("web"), { left: [], pauseFault: "its field spec.paused is no boolean" }],
        ]),
        versions: new Map([
          [
            "machines.cluster.x-k8s.io",
            { ok: false, error: { code: "NotServed", message: "the target does not serve it" } },
          ],
        ]),
        taken: new Map([
          [toUid("web-1"), { isTerminating: false }],
          [toUid("web-md"), { isTerminating: true }],
        ]),
        namespaces: new Map([["shop", "missing"]]),
        missingRights: [
          { side: "target", verb: "create", resource: "secrets", namespace: "shop" },
          { side: "target", verb: "patch", resource: "secrets", namespace: "shop" },
        ],
        otherMoves: new Map([[toUid("web"), "earlier"]]),
      },
    });
    expect(plan.problems.map(({ code, object }) => [code, object])).toEqual([
      ["CannotPause", "Cluster shop/web"],
      ["MovedByAnother", "Cluster shop/web"],
      ["TargetTerminating", "Machinedeployment shop/web-md"],
      ["PlaceTaken", "Machine shop/web-1"],
      ["Bound", "Secret shop/web-kubeconfig"],
      ["Terminating", "Secret shop/going"],
      ["NotServed", undefined],
      ["Bound", "Persistentvolumeclaim"],
      ["NamespaceMissing", "Namespace shop"],
      ["RightMissing", undefined],
    ]);
    const said = toPlanProblem(plan.problems, "mine");
    expect(said.reason).toMatch(/^10 things speak against it: .*finalizers a\/b/);
    expect(said.reason).toContain("in the target: create, patch secrets in namespace shop");
    expect(said.wayOut).toContain("kubemend move --resume mine");
    expect(plan.problems.every(({ step, wayOut }) => step === "plan" && wayOut !== "")).toBe(true);
  });

  it("is refused for circles, for what matches nothing, and for too many objects", () => {
    const circle = [
      toObject("configmaps", "a", { owners: ["b"] }),
      toObject("configmaps", "b", { owners: ["a"] }),
    ];
    expect(planCase({ objects: circle, select: ["a"] }).problems).toMatchObject([
      { code: "Cycle", reason: expect.stringMatching(/shop\/[ab] owns .*shop\/[ab] owns /) },
    ]);
    const reads = {
      unserved: [{ selection: { resource: "machine" }, meant: "machines.cluster.x-k8s.io" }],
      unmatched: [{ resource: "configmaps", namespace: "shop", labelSelector: "move=yes" }],
    };
    expect(planCase({ reads }).problems).toMatchObject([
      { code: "NotServed", wayOut: "did you mean machines.cluster.x-k8s.io?" },
      { reason: "there is no configmaps with move=yes in namespace shop" },
    ]);
    const many = Array.from({ length: 5_001 }, (_, at) => toObject("configmaps", `c${at}`));
    const select = many.map(({ name }) => name);
    expect(codes(planCase({ objects: many, select }))).toEqual(["TooMany"]);
  });

  it("is refused if a name without a namespace matches objects of several namespaces", () => {
    const twice = [
      toObject("configmaps", "dup"),
      { ...toObject("configmaps", "dup"), namespace: "pay", uid: "another" },
    ];
    const reads = { selected: new Set([toUid("dup"), "another"]), withOwned: new Set<string>() };
    const refused = planCase({
      objects: twice,
      spec: { select: [{ resource: "configmaps", name: "dup" }] },
      reads,
    });
    expect(refused.problems).toMatchObject([
      { code: "SeveralNamed", reason: expect.stringContaining("shop/dup, Configmap pay/dup") },
    ]);
    const all = planCase({ objects: twice, spec: { select: [{ resource: "configmaps" }] }, reads });
    expect(codes(all)).toEqual([]);
  });

  it("creates the namespace if that was asked for", () => {
    const facts = { namespaces: new Map([["shop", "missing" as const]]) };
    const plan = planCase({ spec: { createNamespaces: true }, facts });
    expect([plan.problems, plan.namespaces]).toEqual([[], ["shop"]]);
  });

  it("says which objects block it, by Cluster API's annotation too", () => {
    const annotations = { "clusterctl.cluster.x-k8s.io/block-move": "" };
    const objects = [...HIERARCHY, toObject("secrets", "busy", { owners: ["web"], annotations })];
    expect(planCase({ objects }).blocked).toEqual([
      { object: "Secret shop/busy", annotation: "clusterctl.cluster.x-k8s.io/block-move" },
    ]);
    const running = [{ object: "CronJob shop/a", job: "Job shop/a-1" }];
    const text = describePlan(planCase({ objects, facts: { running } }), {
      source: "a",
      target: "b",
    });
    expect(text).toContain("   CronJob shop/a: Job shop/a-1 runs");
  });
});

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

  it("is a flowchart that begins with all that speaks against it", () => {
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
