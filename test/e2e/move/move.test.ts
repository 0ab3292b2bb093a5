import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Move, MoveSpec, MoveStatus } from "../../../events/moves/move.ts";
import { createMoveStore } from "../../../adapters/kubernetes/move/move-store.ts";
import { runMove, type MoveSlice } from "../../../functions/transfer/move/run-move.ts";
import { findBroken, readSides } from "../../support/move/check-move.ts";
import { createHierarchy, GROUP, toPath } from "../../support/move/cluster-api.ts";
import { createKiller, Killed } from "../../support/move/killed-client.ts";
import {
  createNamespace,
  MOVE_NAMESPACE,
  startMoveWorld,
  type MoveWorld,
} from "../../support/move/move-world.ts";

const MERGE = "application/merge-patch+json";

describe("a move between two API servers", () => {
  let world: MoveWorld;
  let namespace = "";
  let count = 0;

  beforeAll(async () => {
    world = await startMoveWorld();
  });

  const renew = async (): Promise<void> => {
    count += 1;
    namespace = `ns-${count}`;
    await createNamespace(world.source, namespace);
    await createNamespace(world.target, namespace);
  };
  beforeEach(renew);

  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
  });

  const { signal } = new AbortController();
  const toSpec = (spec: Partial<MoveSpec> = {}): MoveSpec => ({
    target: { cluster: "target" },
    select: [{ resource: `clusters.${GROUP}`, namespace, name: "web", withOwned: true }],
    removeFinalizers: ["*"],
    ...spec,
  });
  const toStore = () => createMoveStore({ client: world.source, namespace: MOVE_NAMESPACE });
  const create = (spec?: Partial<MoveSpec>): Promise<Move> =>
    toStore().create(`move-${count}`, toSpec(spec), signal);
  const toDeps = (killer = createKiller()) => {
    const source = killer.wrap(world.source);
    const sides = world.toSides({ source, target: killer.wrap(world.target) });
    return {
      sides,
      store: createMoveStore({ client: source, namespace: MOVE_NAMESPACE }),
      now: Date.now,
    };
  };
  /** Looks until the Move has ended or has a problem, as the command does. */
  const follow = async (name: string, deps = toDeps()): Promise<MoveSlice> => {
    for (let looks = 0; looks < 50; looks += 1) {
      const slice = await runMove(deps, name, signal);
      if (slice.outcome !== "waits") return slice;
    }
    throw new Error("it waits for ever");
  };
  const readStatus = async (): Promise<MoveStatus | undefined> =>
    (await toStore().find(`move-${count}`, signal))?.status;
  const patch = (client: MoveWorld["source"], path: string, body: object) =>
    client.request({ method: "PATCH", path, contentType: MERGE, body });

  it("moves a whole hierarchy: owners rewritten, finalizers intact, no longer paused, and nothing left", async () => {
    await createHierarchy(world.source, { namespace });
    const before = (await readSides(world, namespace)).source;
    const { metadata } = await create();
    const { outcome, move } = await follow(metadata.name);
    expect([outcome, move.status?.phase, move.status?.problem]).toEqual([
      "ended",
      "Moved",
      undefined,
    ]);
    const after = await readSides(world, namespace);
    expect([...after.source.keys()]).toEqual([]);
    expect([...after.target.keys()].toSorted()).toEqual([...before.keys()].toSorted());
    expect(findBroken(before, after)).toEqual([]);
    const cluster = after.target.get("clusters/web");
    expect(cluster?.spec?.paused).toBeUndefined();
    const machine = after.target.get("machines/web-1-1");
    const set = after.target.get("machinesets/web-ms-1");
    expect(machine?.metadata.ownerReferences).toMatchObject([
      { uid: set?.metadata.uid, controller: true, blockOwnerDeletion: true },
    ]);
    expect(move.status).toMatchObject({
      counts: { created: before.size, gone: before.size, paused: 1, resumed: 1 },
      pointOfNoReturnAt: expect.any(String),
      resumedAt: expect.any(String),
      leftCount: 1,
    });
  });

  it("is killed after each of its writes in turn, continues, and never breaks a promise", async () => {
    for (let after = 1; ; after += 1) {
      await renew();
      await createHierarchy(world.source, { namespace, machines: 1 });
      const before = (await readSides(world, namespace)).source;
      const { metadata } = await create();
      const killer = createKiller(after);
      const first = await follow(metadata.name, toDeps(killer)).catch((error: unknown) => error);
      const at = `after write ${after} in ${(await readStatus())?.phase}`;
      const broken = findBroken(before, await readSides(world, namespace));
      expect({ at, broken }).toEqual({ at, broken: [] });
      const { move } = await follow(metadata.name);
      const sides = await readSides(world, namespace);
      expect({
        at,
        phase: move.status?.phase,
        problem: move.status?.problem,
        broken: findBroken(before, sides),
        left: [...sides.source.keys()],
        moved: sides.target.size,
        paused: sides.target.get("clusters/web")?.spec?.paused,
      }).toEqual({ at, phase: "Moved", broken: [], left: [], moved: before.size });
      if (!(first instanceof Killed) && killer.writes() < after) break;
    }
    expect(count).toBeGreaterThan(20);
  });

  it("is rolled back before the point of no return, and the sources are exactly as they were", async () => {
    const bare = (live: Awaited<ReturnType<typeof readSides>>["source"]) =>
      [...live].map(([key, { metadata, spec }]) => [key, metadata.uid, metadata.finalizers, spec]);
    const phases = new Set<string | undefined>();
    for (let after = 4; after < 18; after += 1) {
      await renew();
      await createHierarchy(world.source, { namespace, machines: 1 });
      const path = toPath("clusters", namespace, "web");
      if (after % 2 === 0) await patch(world.source, path, { spec: { paused: false } });
      const before = (await readSides(world, namespace)).source;
      const move = await create();
      await follow(move.metadata.name, toDeps(createKiller(after))).catch(() => undefined);
      const status = await readStatus();
      if (status?.pointOfNoReturnAt !== undefined) break;
      phases.add(status?.phase);
      await toStore().abort(move, signal);
      const ended = await follow(move.metadata.name);
      const sides = await readSides(world, namespace);
      const at = `after write ${after} in ${status?.phase}`;
      expect({
        at,
        phase: ended.move.status?.phase,
        copies: [...sides.target.keys()],
        sources: bare(sides.source),
      }).toEqual({ at, phase: "RolledBack", copies: [], sources: bare(before) });
    }
    expect([...phases]).toEqual(expect.arrayContaining(["Pausing", "Creating"]));
  });

  it("continues if somebody asks for a rollback after the point of no return", async () => {
    await createHierarchy(world.source, { namespace, machines: 1 });
    const move = await create({ removeFinalizers: [] });
    expect((await runMove(toDeps(), move.metadata.name, signal)).outcome).toBe("waits");
    expect((await readStatus())?.phase).toBe("Deleting");
    await toStore().abort(move, signal);
    const slice = await runMove(toDeps(), move.metadata.name, signal);
    expect([slice.outcome, slice.move.status?.phase]).toEqual(["waits", "Deleting"]);
  });

  it("waits for a block, and changes nothing until it is taken away", async () => {
    await createHierarchy(world.source, { namespace, machines: 0 });
    const path = toPath("machinesets", namespace, "web-ms-1");
    const annotation = "clusterctl.cluster.x-k8s.io/block-move";
    await patch(world.source, path, { metadata: { annotations: { [annotation]: "" } } });
    const { metadata } = await create();
    const deps = toDeps();
    expect((await runMove(deps, metadata.name, signal)).outcome).toBe("waits");
    expect(await readStatus()).toMatchObject({
      phase: "Waiting",
      current: {
        object: `MachineSet ${namespace}/web-ms-1`,
        waitsFor: expect.stringContaining(annotation),
      },
    });
    const late = { ...deps, now: () => Date.now() + 700_000 };
    expect((await runMove(late, metadata.name, signal)).move.status?.problem).toMatchObject({
      code: "Blocked",
      holds: `annotation ${annotation}`,
      wayOut: expect.stringContaining(`kubemend move --resume ${metadata.name}`),
    });
    await patch(world.source, path, { metadata: { annotations: { [annotation]: null } } });
    expect((await follow(metadata.name)).move.status).toMatchObject({ phase: "Moved" });
  });

  it("never creates over an object that is being deleted: it waits until that is gone", async () => {
    await createHierarchy(world.source, { namespace, machines: 0 });
    const move = await create();
    const killer = createKiller(6);
    await follow(move.metadata.name, toDeps(killer)).catch(() => undefined);
    const body = { metadata: { name: "web-ms-1", finalizers: ["example.com/hold"] } };
    const head = { apiVersion: `${GROUP}/v1beta1`, kind: "MachineSet" };
    const collection = toPath("machinesets", namespace);
    await world.target.request({ method: "POST", path: collection, body: { ...head, ...body } });
    const path = `${collection}/web-ms-1`;
    await world.target.request({ method: "DELETE", path });
    const waiting = await runMove(toDeps(), move.metadata.name, signal);
    expect(waiting.outcome).toBe("waits");
    expect(waiting.move.status?.current).toMatchObject({
      object: `MachineSet ${namespace}/web-ms-1`,
      waitsFor: "the finalizer example.com/hold to be taken off in the target",
    });
    await patch(world.target, path, { metadata: { finalizers: [] } });
    expect((await follow(move.metadata.name)).move.status?.phase).toBe("Moved");
  });

  it("leaves finalizers to their controllers unless it is asked to remove them, and says what holds an object", async () => {
    await createHierarchy(world.source, { namespace, machines: 1 });
    const { metadata } = await create({ removeFinalizers: [] });
    const deps = toDeps();
    expect((await runMove(deps, metadata.name, signal)).outcome).toBe("waits");
    const late = { ...deps, now: () => Date.now() + 700_000 };
    const { move } = await runMove(late, metadata.name, signal);
    expect(move.status?.problem).toMatchObject({
      code: "Held",
      object: `Machine ${namespace}/web-1-1`,
      holds: expect.stringContaining(`machine.${GROUP}`),
      wayOut: expect.stringContaining("--resume"),
    });
    // Its owners are still there: dependents go first.
    const sides = await readSides(world, namespace);
    expect(sides.source.get("machinesets/web-ms-1")?.metadata.deletionTimestamp).toBeUndefined();
    for (const [plural, name] of [
      ["machines", "web-1-1"],
      ["clusters", "web"],
    ] as const) {
      await patch(world.source, toPath(plural, namespace, name), { metadata: { finalizers: [] } });
      await runMove(deps, metadata.name, signal);
    }
    expect((await follow(metadata.name)).move.status?.phase).toBe("Moved");
  });

  it("is stopped by what came about since it was planned and would be deleted with its owner", async () => {
    const { cluster } = await createHierarchy(world.source, { namespace, machines: 0 });
    const { metadata } = await create();
    await follow(metadata.name, toDeps(createKiller(9))).catch(() => undefined);
    const { apiVersion, kind } = cluster;
    const { name, uid } = cluster.metadata;
    const owned = { name: "late", ownerReferences: [{ apiVersion, kind, name, uid }] };
    const path = `/api/v1/namespaces/${namespace}/secrets`;
    await world.source.request({ method: "POST", path, body: { metadata: owned } });
    const { outcome, move } = await follow(metadata.name);
    expect(outcome).toBe("problem");
    expect(move.status?.problem).toMatchObject({
      code: "Grown",
      object: `Secret ${namespace}/late`,
    });
    expect(move.status?.pointOfNoReturnAt).toBeUndefined();
  });
});
