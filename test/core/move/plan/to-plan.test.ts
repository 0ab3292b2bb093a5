import { describe, expect, it } from "vitest";
import { describePlan } from "../../../../core/move/plan/describe-plan.ts";
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

  it("names all problems at once", () => {
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
    expect(said.reason).toMatch(/^10 problems: .*finalizers a\/b/);
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
