import { beforeEach, describe, expect, it } from "vitest";
import type { MoveSpec } from "../../../../events/moves/move.ts";
import { createMoveStore } from "../../../../adapters/kubernetes/move/move-store.ts";
import { createCatalog } from "../../../../core/references/create-catalog.ts";
import { dryRunMove } from "../../../../functions/transfer/move/dry-run.ts";
import { planMove } from "../../../../functions/transfer/move/plan/plan-move.ts";
import { runMove } from "../../../../functions/transfer/move/run-move.ts";
import { FakeCluster } from "../../../support/move/fake-cluster.ts";

const { signal } = new AbortController();
const NAMESPACE = "/apis/x.io/v1/namespaces/shop";
const catalog = createCatalog(
  ["Top", "Middle", "Leaf"].map((kind) => ({
    group: "x.io",
    version: "v1",
    kind,
    resource: `${kind.toLowerCase()}s`,
    namespaced: true,
    preferred: true,
  })),
  "discovery",
);
const SPEC: MoveSpec = {
  target: { cluster: "target" },
  select: [{ resource: "tops.x.io", namespace: "shop", name: "a", withOwned: true }],
  pause: [{ resource: "tops.x.io", field: "spec.paused" }],
  removeFinalizers: ["x.io/hold"],
};

describe("carrying out a move", () => {
  let source: FakeCluster;
  let target: FakeCluster;

  const put = (
    cluster: FakeCluster,
    path: string,
    kind: string,
    metadata: object,
    rest: object = {},
  ) =>
    cluster.put(`${NAMESPACE}/${path}`, {
      apiVersion: "x.io/v1",
      kind,
      metadata: { ...metadata },
      ...rest,
    });
  const toOwner = (kind: string, { metadata: { name, uid } }: ReturnType<FakeCluster["put"]>) => [
    { apiVersion: "x.io/v1", kind, name, uid, controller: true },
  ];

  beforeEach(() => {
    source = new FakeCluster("source");
    target = new FakeCluster("target");
    target.put("/api/v1/namespaces/shop", { metadata: {} });
    const finalizers = ["x.io/hold"];
    const top = put(source, "tops/a", "Top", { finalizers }, { spec: { size: 3 } });
    const middle = put(source, "middles/b", "Middle", { ownerReferences: toOwner("Top", top) });
    put(source, "leafs/c", "Leaf", { finalizers, ownerReferences: toOwner("Middle", middle) });
  });

  const toDeps = (now: () => number = Date.now) => {
    const toSide = (name: string, { client }: FakeCluster) => ({
      name,
      uid: `uid-of-${name}`,
      client,
      discovery: { catalog: async () => catalog, refresh: async () => catalog },
    });
    const sides = { source: toSide("source", source), target: toSide("target", target) };
    return { sides, store: createMoveStore({ client: source.client, namespace: "kubemend" }), now };
  };
  const begin = (spec: Partial<MoveSpec> = {}) =>
    toDeps().store.create("m", { ...SPEC, ...spec }, signal);
  const look = (now?: () => number) => runMove(toDeps(now), "m", signal);
  const follow = async () => {
    for (let looks = 0; looks < 20; looks += 1) {
      const slice = await look();
      if (slice.outcome !== "waits") return slice;
    }
    return look();
  };
  const names = ({ objects }: FakeCluster) =>
    [...objects.keys()]
      .filter((path) => path.startsWith(NAMESPACE))
      .map((path) => path.slice(NAMESPACE.length + 1));

  it("creates owners first and deletes dependents first", async () => {
    await begin();
    expect((await follow()).move.status).toMatchObject({ phase: "Moved" });
    expect([names(source), names(target)]).toEqual([[], ["tops/a", "middles/b", "leafs/c"]]);
    expect([source.violations, target.violations]).toEqual([[], []]);
  });

  it("deletes an owner only after what it owns is gone", async () => {
    await begin({ removeFinalizers: [] });
    await look();
    await look();
    expect(source.violations).toEqual([]);
    expect(names(source)).toEqual(["tops/a", "middles/b", "leafs/c"]);
    expect((await look()).move.status).toMatchObject({
      phase: "Deleting",
      current: { object: "Leaf shop/c", waitsFor: "the finalizer x.io/hold to be taken off" },
    });
  });

  it("takes a finalizer off only after the deletion was accepted", async () => {
    await begin();
    await follow();
    expect(source.violations).toEqual([]);
    const leaf = source.writes.filter((write) => write.endsWith("leafs/c"));
    expect(leaf.map((write) => write.split(" ")[0])).toEqual(["dry", "DELETE", "PATCH"]);
  });

  it("takes no finalizer off if the copy is not there any more", async () => {
    await begin({ removeFinalizers: [] });
    await look();
    target.objects.delete(`${NAMESPACE}/leafs/c`);
    const { status } = (await look()).move;
    expect(status?.phase).toBe("Deleting");
    expect(names(source)).toContain("leafs/c");
  });

  it("creates nothing over an object that is being deleted", async () => {
    const there = put(target, "middles/b", "Middle", {
      finalizers: ["other/hold"],
      deletionTimestamp: "2026-01-01T00:00:00Z",
    });
    // It was not there when the move was planned.
    target.objects.delete(`${NAMESPACE}/middles/b`);
    await begin({ blocks: ["x.io/block"] });
    const top = source.objects.get(`${NAMESPACE}/tops/a`);
    if (top === undefined) throw new Error("it is there");
    const blocked = { ...top, metadata: { ...top.metadata, annotations: { "x.io/block": "" } } };
    source.objects.set(`${NAMESPACE}/tops/a`, blocked);
    await look();
    source.objects.set(`${NAMESPACE}/tops/a`, top);
    target.objects.set(`${NAMESPACE}/middles/b`, there);
    const waiting = await look();
    expect(waiting.outcome).toBe("waits");
    expect(waiting.move.status?.current?.waitsFor).toContain("to be taken off in the target");
    expect(target.objects.get(`${NAMESPACE}/middles/b`)?.metadata.annotations).toBeUndefined();
    expect(names(target)).not.toContain("leafs/c");
    target.objects.delete(`${NAMESPACE}/middles/b`);
    expect((await follow()).move.status?.phase).toBe("Moved");
  });

  it("writes to the target what was changed in the source since, before it deletes", async () => {
    await begin({ removeFinalizers: [] });
    await look();
    const top = source.objects.get(`${NAMESPACE}/tops/a`);
    if (top === undefined) throw new Error("it is there");
    const metadata = { ...top.metadata, resourceVersion: "999" };
    source.objects.set(`${NAMESPACE}/tops/a`, {
      ...top,
      metadata,
      spec: { size: 5, paused: true },
    });
    for (const path of ["leafs/c", "tops/a"]) {
      await look();
      await look();
      await look();
      const live = source.objects.get(`${NAMESPACE}/${path}`);
      if (live?.metadata.deletionTimestamp !== undefined)
        source.objects.delete(`${NAMESPACE}/${path}`);
    }
    await follow();
    expect(target.objects.get(`${NAMESPACE}/tops/a`)?.["spec"]).toEqual({ size: 5 });
  });

  it("gives the sources back what stood there, if it is rolled back", async () => {
    put(target, "leafs/c", "Leaf", {});
    const taken = target.objects.get(`${NAMESPACE}/leafs/c`);
    target.objects.delete(`${NAMESPACE}/leafs/c`);
    const move = await begin({ blocks: ["x.io/block"] });
    const leaf = source.objects.get(`${NAMESPACE}/leafs/c`);
    if (leaf === undefined || taken === undefined) throw new Error("they are there");
    const annotations = { "x.io/block": "" };
    source.objects.set(`${NAMESPACE}/leafs/c`, {
      ...leaf,
      metadata: { ...leaf.metadata, annotations },
    });
    await look();
    source.objects.set(`${NAMESPACE}/leafs/c`, leaf);
    target.objects.set(`${NAMESPACE}/leafs/c`, taken);
    expect((await look()).move.status?.problem).toMatchObject({
      code: "PlaceTaken",
      object: "Leaf shop/c",
      wayOut: expect.stringContaining("kubemend move --resume m"),
    });
    expect(source.objects.get(`${NAMESPACE}/tops/a`)?.["spec"]).toEqual({ size: 3, paused: true });
    await toDeps().store.abort(move, signal);
    expect((await follow()).move.status?.phase).toBe("RolledBack");
    expect(source.objects.get(`${NAMESPACE}/tops/a`)?.["spec"]).toEqual({ size: 3 });
    expect(names(target)).toEqual(["leafs/c"]);
  });

  it("is tried without storing anything, and what needs an earlier step is not checkable", async () => {
    const { sides } = toDeps();
    const plan = await planMove(sides, { spec: SPEC }, signal);
    const before = [names(source), names(target)];
    const steps = await dryRunMove(sides, plan, signal);
    expect([names(source), names(target)]).toEqual(before);
    const writes = [...source.writes, ...target.writes];
    expect(writes.filter((write) => !write.startsWith("dry "))).toEqual([]);
    expect(steps.map(({ object, step, outcome }) => `${object}: ${step}: ${outcome}`)).toEqual([
      "Top shop/a: pause in the source: accepted",
      "Top shop/a: create in the target: accepted",
      "Top shop/a: delete in the source: accepted",
      "Top shop/a: wait until it is gone: notCheckable",
      "Top shop/a: resume in the target: notCheckable",
      "Middle shop/b: create in the target: accepted",
      "Middle shop/b: delete in the source: accepted",
      "Leaf shop/c: create in the target: accepted",
      "Leaf shop/c: delete in the source: accepted",
      "Leaf shop/c: wait until it is gone: notCheckable",
    ]);
  });
});
