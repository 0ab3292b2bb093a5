import { beforeEach, describe, expect, it } from "vitest";
import { KubemendError } from "../../../../../core/errors.ts";
import type { MoveSpec } from "../../../../../events/moves/move.ts";
import type { MoveRunDeps } from "../../../../../functions/transfer/move/run/open-move.ts";
import { runMove } from "../../../../../functions/transfer/move/run-move.ts";
import { type MemoryPath, MemoryWorld } from "../../../../support/move/memory-world.ts";

describe("an object that came about after the point of no return", () => {
  let world: MemoryWorld;
  beforeEach(() => {
    world = new MemoryWorld();
  });

  const own = (path: MemoryPath, ...owners: readonly MemoryPath[]): void => {
    const ownerReferences = owners.flatMap((owner) => world.get("source", owner) ?? []);
    world.add("source", path, { metadata: { ownerReferences } });
  };
  /** Moves until the leaf of the source is held by its finalizer. */
  const moveUntilHeld = async (spec: Partial<MoveSpec> = {}) => {
    await world.begin({ removeFinalizers: [], ...spec });
    await world.look();
    await world.look();
    expect(world.get("source", "leafs/c")?.metadata.deletionTimestamp).toBeDefined();
  };
  /** Runs the move while the leaf, then the top are released. */
  const release = async (look = () => world.look()) => {
    await world.release("source", "leafs/c");
    const { move } = await look();
    if (move.status?.problem !== undefined) return move.status;
    await world.release("source", "tops/a");
    return (await world.follow()).move.status;
  };

  it("keeps its owners that stay, and loses those that move", async () => {
    world.add("source", "tops/other", { metadata: {} });
    await moveUntilHeld();
    own("leafs/new", "tops/other", "middles/b", "tops/a");
    expect((await release())?.phase).toBe("Moved");
    const other = world.get("source", "tops/other")?.metadata.uid;
    expect(world.get("source", "leafs/new")?.metadata.ownerReferences).toMatchObject([
      { uid: other },
    ]);
  });

  it("keeps its owner if that is new, too, and not owned by what moves any more", async () => {
    await moveUntilHeld();
    own("middles/new", "tops/a");
    own("leafs/new", "middles/new");
    expect((await release())?.phase).toBe("Moved");
    expect(world.names("source")).toEqual(["middles/new", "leafs/new"]);
    expect(world.get("source", "leafs/new")?.metadata.ownerReferences).toMatchObject([
      { uid: world.get("source", "middles/new")?.metadata.uid },
    ]);
  });

  it("is deleted with its owner if a controller of the target makes it again", async () => {
    world.remove("source", "leafs/c");
    await world.begin({ removeFinalizers: [], remade: ["leafs.x.io"] });
    world.around = async (send, { method, path, isDryRun }) => {
      if (method === "DELETE" && !isDryRun && path.endsWith("middles/b"))
        own("leafs/new", "middles/b");
      return send();
    };
    await world.look();
    expect(world.get("source", "leafs/new")?.metadata.ownerReferences).toHaveLength(1);
    expect(world.names("source")).not.toContain("middles/b");
  });

  it("stays, and holds nothing up, if it is only selected", async () => {
    await world.patch("source", "tops/a", { metadata: { labels: { app: "x" } } });
    const select = [{ resource: "tops.x.io", namespace: "shop", labelSelector: "app=x" }];
    await moveUntilHeld({ select: [{ ...select[0], withOwned: true }] as MoveSpec["select"] });
    world.add("source", "tops/new", { metadata: {} });
    await world.patch("source", "tops/new", { metadata: { labels: { app: "x" } } });
    const status = await release();
    expect(status).toMatchObject({
      phase: "Moved",
      notes: ["Top shop/new: created since the move was planned; each stays in the source"],
    });
    expect(world.names("source")).toEqual(["tops/new"]);
  });

  it("is named with a few others in one note, which counts the rest", async () => {
    await moveUntilHeld();
    for (let count = 10; count < 25; count += 1) own(`leafs/n${count}`, "middles/b");
    const status = await release();
    expect(status?.notes).toHaveLength(1);
    expect(status?.notes?.[0]).toMatch(/^Leaf shop\/n10, .*Leaf shop\/n19 and 5 more: /);
  });

  const expectHeld = (status: Awaited<ReturnType<typeof release>>, reason: string): void => {
    expect(status?.problem).toMatchObject({
      code: "Grown",
      object: "Leaf shop/new",
      reason: expect.stringContaining(reason),
      wayOut: expect.stringContaining("take its owner reference off"),
    });
    expect(world.names("source")).toContain("middles/b");
  };

  it("stops the move if the API server refuses to take the owner off", async () => {
    await moveUntilHeld();
    own("leafs/new", "middles/b");
    world.around = async (send, { method, path }) => {
      if (method !== "PATCH" || !path.endsWith("leafs/new")) return send();
      throw new KubemendError("Forbidden", "no patch", { retryable: false, status: 403 });
    };
    expectHeld(await release(), "no patch");
  });

  it("stops the functions if the pipeline does not let them move objects of its resource", async () => {
    await moveUntilHeld();
    own("leafs/new", "middles/b");
    const refuse: MoveRunDeps["refuse"] = (_move, objects) =>
      objects.some(({ resource }) => resource === "leafs") && objects.length === 1
        ? { code: "NotDeclared", step: "plan", reason: "not declared", wayOut: "declare it" }
        : undefined;
    const deps = { ...world.toDeps(), refuse };
    const status = await release(() => runMove(deps, "m", new AbortController().signal));
    expectHeld(status, "not declared");
    expect(world.get("source", "leafs/new")?.metadata.ownerReferences).toHaveLength(1);
  });

  /** Makes the middle the owner of the new leaf again, each time that the move has taken it off, as a controller does. */
  const adoptAgain = (): void => {
    world.around = async (send, { method, path }) => {
      const answer = await send();
      const owner = world.get("source", "middles/b");
      if (method !== "PATCH" || !path.endsWith("leafs/new") || owner === undefined) return answer;
      const { kind, metadata } = owner as typeof owner & { readonly kind: string };
      const reference = { apiVersion: "x.io/v1", kind, name: metadata.name, uid: metadata.uid };
      if (metadata.deletionTimestamp === undefined) {
        world.around = (again) => again();
        await world.patch("source", "leafs/new", { metadata: { ownerReferences: [reference] } });
        adoptAgain();
      }
      return answer;
    };
  };

  it("stays even if a controller puts the owner reference back before the owner is deleted", async () => {
    await moveUntilHeld();
    own("leafs/new", "middles/b");
    adoptAgain();
    expect((await release())?.phase).toBe("Moved");
    expect(world.get("source", "leafs/new")?.metadata.ownerReferences).toEqual([]);
    await world.collectGarbage();
    expect(world.names("source")).toEqual(["leafs/new"]);
  });

  it("holds its owner as long as a controller puts the reference back, if the owner is deleted with others", async () => {
    await moveUntilHeld({ remade: ["tops.x.io"] });
    own("leafs/new", "middles/b");
    adoptAgain();
    await release();
    world.nowMs += 300_000;
    const { status } = (await world.look()).move;
    expect(status?.problem).toMatchObject({ code: "KeepsChanging", object: "Middle shop/b" });
    expect(world.names("source")).toContain("middles/b");
  });

  it("is looked for again while many others are deleted", async () => {
    for (let count = 10; count < 80; count += 1) own(`middles/n${count}`, "tops/a");
    await moveUntilHeld();
    world.around = async (send, { method, path, isDryRun }) => {
      if (method !== "DELETE" || isDryRun || !path.includes("/middles/")) return send();
      if (world.get("source", "leafs/new") === undefined) {
        own("leafs/new", "middles/n79");
        world.nowMs += 6_000;
      }
      return send();
    };
    expect((await release())?.phase).toBe("Moved");
    expect(world.get("source", "leafs/new")?.metadata.ownerReferences).toEqual([]);
  });
});
