import { beforeEach, describe, expect, it } from "vitest";
import { KubemendError } from "../../../../core/errors.ts";
import type { MoveSpec } from "../../../../events/moves/move.ts";
import { MemoryWorld, type MemoryPath } from "../../../support/move/memory-world.ts";

const DAY_MS = 86_400_000;
const BLOCKED = { metadata: { annotations: { "x.io/block": "" } } };
const FREE = { metadata: { annotations: { "x.io/block": null } } };

describe("an object that is owned by one that moves, and came about since the plan", () => {
  let world: MemoryWorld;
  beforeEach(() => {
    world = new MemoryWorld();
  });

  const own = (path: MemoryPath): void => {
    const owner = world.get("source", path);
    if (owner === undefined) throw new Error(`${path} is there`);
    world.add("source", "leafs/new", { metadata: { ownerReferences: [owner] } });
  };
  /** Plans the move, and holds it before anything was changed. */
  const plan = async (spec: Partial<MoveSpec> = {}) => {
    await world.begin({ blocks: ["x.io/block"], ...spec });
    await world.patch("source", "tops/a", BLOCKED);
    expect((await world.look()).move.status?.phase).toBe("Waiting");
    await world.patch("source", "tops/a", FREE);
  };
  const expectUntouched = (): void =>
    expect(world.source.writes.filter((write) => write.startsWith("DELETE"))).toEqual([]);

  it.each([
    ["Forbidden", 403, "Unread"],
    ["NotFound", 404, "Unread"],
    ["Unavailable", 503, "Unavailable"],
  ] as const)(
    "is not deleted with its owner if its resource cannot be listed any more (%s)",
    async (code, status, problem) => {
      world.remove("source", "leafs/c");
      await plan();
      own("middles/b");
      world.around = async (send, { side, path }) => {
        if (side !== "source" || !path.endsWith("/leafs")) return send();
        throw new KubemendError(code, "no list", { retryable: false, status });
      };
      const { move } = await world.follow();
      expect(move.status?.problem).toMatchObject({ code: problem });
      expectUntouched();
      world.around = (send) => send();
      expect((await world.follow()).move.status?.problem).toMatchObject({ code: "Grown" });
    },
  );

  it("is seen by a run that continues a day after the point of no return", async () => {
    world.remove("source", "leafs/c");
    world.remove("source", "middles/b");
    await world.begin();
    const stop = new KubemendError("Unreachable", "killed", { retryable: true });
    world.around = async (send, { method, isDryRun }) => {
      if (method === "DELETE" && !isDryRun) throw stop;
      return send();
    };
    expect((await world.follow()).move.status?.pointOfNoReturnAt).toBeDefined();
    expectUntouched();
    world.around = (send) => send();
    world.nowMs += DAY_MS;
    own("tops/a");
    expect((await world.follow()).move.status).toMatchObject({
      phase: "Moved",
      notes: [expect.stringMatching(/^Leaf shop\/new: .* lost the owner reference/)],
    });
    expect(world.get("source", "leafs/new")?.metadata.ownerReferences).toEqual([]);
  });

  it("is seen although the selected object has lost its label", async () => {
    await world.patch("source", "tops/a", { metadata: { labels: { app: "x" } } });
    const selection = { resource: "tops.x.io", namespace: "shop", labelSelector: "app=x" };
    await plan({ select: [{ ...selection, withOwned: true }] });
    await world.patch("source", "tops/a", { metadata: { labels: { app: "y" } } });
    own("tops/a");
    const { move } = await world.follow();
    expect(move.status?.problem).toMatchObject({ code: "Grown", object: "Leaf shop/new" });
    expectUntouched();
  });
});

describe("a source", () => {
  it("is not deleted if the list of whole objects leaves it out", async () => {
    const world = new MemoryWorld();
    const { request } = world.source.client;
    await world.begin();
    const lists: string[] = [];
    Object.assign(world.source.client, {
      request: async (sent: { method: string; path: string; accept?: string }) => {
        const answer = (await request(sent as never)) as { items?: unknown[] };
        const isWhole = !String(sent.accept).includes("PartialObjectMetadata");
        if (!sent.path.endsWith("/middles") || !isWhole || !isPast()) return answer;
        lists.push(sent.path);
        return { ...answer, items: [] };
      },
    });
    const isPast = (): boolean => {
      const path = "/apis/kubemend.dev/v1alpha1/namespaces/kubemend/moves/m";
      return JSON.stringify(world.source.objects.get(path)).includes("pointOfNoReturnAt");
    };
    await world.follow();
    expect(lists.length).toBeGreaterThan(0);
    expect(world.names("source")).toContain("middles/b");
    world.nowMs += 180_000;
    expect((await world.look()).move.status?.problem).toMatchObject({ object: "Middle shop/b" });
    expect(world.names("source")).toContain("middles/b");
  });
});
