import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { MoveSpec } from "../../../events/moves/move.ts";
import { createMoveStore } from "../../../adapters/kubernetes/move/move-store.ts";
import type { MovePlan } from "../../../core/move/plan/to-plan.ts";
import { planMove } from "../../../functions/transfer/move/plan/plan-move.ts";
import { storePlan } from "../../../functions/transfer/move/phases/store-plan.ts";
import { createHierarchy, GROUP, toPath } from "../../support/move/cluster-api.ts";
import {
  createNamespace,
  MOVE_NAMESPACE,
  startMoveWorld,
  type MoveWorld,
} from "../../support/move/move-world.ts";

const { signal } = new AbortController();

describe("the plan of a move between two API servers", () => {
  let world: MoveWorld;
  let namespace = "";
  let count = 0;

  beforeAll(async () => {
    world = await startMoveWorld();
  });

  beforeEach(async () => {
    count += 1;
    namespace = `ns-${count}`;
    await createNamespace(world.source, namespace);
    await createNamespace(world.target, namespace);
  });

  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
  });

  const toSpec = (spec: Partial<MoveSpec> = {}): MoveSpec => ({
    target: { cluster: "target" },
    select: [{ resource: `clusters.${GROUP}`, namespace, name: "web", withOwned: true }],
    ...spec,
  });
  const plan = (spec?: Partial<MoveSpec>): Promise<MovePlan> =>
    planMove(world.sides, { spec: toSpec(spec) }, signal);
  const codes = ({ problems }: MovePlan) => problems.map(({ code }) => code);

  it("has the whole hierarchy, owners first, and names what it refers to and does not move", async () => {
    const { objects } = await createHierarchy(world.source, { namespace });
    const found = await plan();
    expect(found.problems).toEqual([]);
    expect([found.objects.length, found.levels]).toEqual([objects.length, 5]);
    expect(new Set(found.objects.map(({ uid }) => uid))).toEqual(
      new Set(objects.map(({ metadata }) => metadata.uid)),
    );
    const place = new Map(found.objects.map(({ uid }, at) => [uid, at]));
    for (const { uid, owners = [] } of found.objects) {
      for (const owner of owners) expect(place.get(owner)).toBeLessThan(place.get(uid) ?? 0);
    }
    expect(found.left).toEqual([
      {
        object: `Cluster ${namespace}/web`,
        field: "spec.cloudRef",
        refersTo: `Secret ${namespace}/cloud-account`,
      },
    ]);
    expect(found.finalizers.map(({ finalizer, count: many }) => [finalizer, many])).toEqual([
      [`cluster.${GROUP}`, 1],
      [`machine.${GROUP}`, 2],
    ]);
  });

  it("is refused for a place that is taken, an object that is being deleted, and a missing namespace", async () => {
    await createHierarchy(world.source, { namespace, machines: 1 });
    const machine = toPath("machines", namespace, "web-1-1");
    await world.source.request({ method: "DELETE", path: machine });
    const secrets = `/api/v1/namespaces/${namespace}/secrets`;
    const body = { metadata: { name: "web-kubeconfig" } };
    await world.target.request({ method: "POST", path: secrets, body });
    const found = await plan();
    expect(codes(found)).toEqual(["PlaceTaken", "Terminating"]);
    expect(found.problems.at(1)).toMatchObject({
      object: `Machine ${namespace}/web-1-1`,
      holds: `finalizers machine.${GROUP}`,
    });
    await createNamespace(world.source, `${namespace}-only`);
    await createHierarchy(world.source, { namespace: `${namespace}-only`, machines: 0 });
    const select = [
      { resource: `clusters.${GROUP}`, namespace: `${namespace}-only`, withOwned: true },
    ];
    expect(codes(await plan({ select }))).toEqual(["NamespaceMissing"]);
    expect(codes(await plan({ select, createNamespaces: true }))).toEqual([]);
  });

  it("selects by label, and is refused if that tears objects from their owners", async () => {
    await createHierarchy(world.source, { namespace });
    await world.source.request({
      method: "PATCH",
      path: toPath("machines", namespace, "web-1-1"),
      contentType: "application/merge-patch+json",
      body: { metadata: { labels: { move: "yes" } } },
    });
    const select = [{ resource: `machines.${GROUP}`, namespace, labelSelector: "move=yes" }];
    const removeFinalizers = [`machine.${GROUP}`];
    expect(codes(await plan({ select, removeFinalizers }))).toEqual([
      "OwnedOutside",
      "OwnsOutside",
    ]);
    const allowed = await plan({ select, removeFinalizers, dropOwners: true, leaveOwned: true });
    expect(codes(allowed)).toEqual([]);
    expect(allowed.objects).toMatchObject([{ name: "web-1-1", leavesOwned: true }]);
  });

  it("is stored in parts, from nothing each time until it is whole, and keeps another Move off its objects", async () => {
    const { objects } = await createHierarchy(world.source, { namespace });
    const store = createMoveStore({ client: world.source, namespace: MOVE_NAMESPACE });
    const deps = { sides: world.sides, store, now: Date.now };
    const move = await store.create(`move-${count}`, toSpec(), signal);
    // The part that a killed run has left.
    await store.createSteps(move, { plan: "killed", index: 1, objects: [] }, signal);
    await storePlan(deps, move, signal);
    const stored = await store.find(move.metadata.name, signal);
    expect(stored?.status).toMatchObject({
      phase: "Waiting",
      counts: { objects: objects.length, levels: 5 },
      chunks: 1,
      leftCount: 1,
      target: { uid: world.sides.target.uid },
    });
    const parts = await store.readSteps(stored ?? move, signal);
    expect(parts.flatMap(({ spec }) => spec.objects)).toHaveLength(objects.length);
    await expect(storePlan(deps, move, signal)).rejects.toThrow(/another run has planned/);
    const second = await store.create(`second-${count}`, toSpec(), signal);
    await storePlan(deps, second, signal);
    expect((await store.find(second.metadata.name, signal))?.status).toMatchObject({
      phase: "Planning",
      problem: {
        code: "Refused",
        reason: expect.stringContaining(`the Move move-${count} moves it already`),
        wayOut: expect.stringContaining(`--resume second-${count}`),
      },
    });
    expect(await store.readSteps(second, signal)).toEqual([]);
  });

  it("is refused if the clusters are not those of the Move", async () => {
    const store = createMoveStore({ client: world.source, namespace: MOVE_NAMESPACE });
    const spec = toSpec({ target: { uid: "another" } });
    const move = await store.create(`foreign-${count}`, spec, signal);
    const deps = { sides: world.sides, store, now: Date.now };
    await expect(storePlan(deps, move, signal)).rejects.toThrow(/goes to the cluster another/);
    const same = { source: world.sides.source, target: world.sides.source };
    const other = await store.create(`same-${count}`, toSpec(), signal);
    await expect(storePlan({ ...deps, sides: same }, other, signal)).rejects.toThrow(
      /the same cluster/,
    );
  });
});
