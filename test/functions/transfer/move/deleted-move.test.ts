import { beforeEach, describe, expect, it } from "vitest";
import { runMove } from "../../../../functions/transfer/move/run-move.ts";
import { MemoryWorld } from "../../../support/move/memory-world.ts";

const MOVE_PATH = "/apis/kubemend.dev/v1alpha1/namespaces/kubemend/moves/m";
const HELD = { metadata: { finalizers: ["tenant.io/hold"] } };

it("another Move of the name of one that was deleted is not carried out in its place", async () => {
  const world = new MemoryWorld();
  const { uid } = (await world.begin()).metadata;
  world.removeMove();
  await world.begin();
  const run = runMove({ ...world.toDeps(), uid }, "m", new AbortController().signal);
  await expect(run).rejects.toThrow(/another one of its name/);
  expect(world.names("target")).toEqual([]);
});

describe("a Move that is being deleted, and that a finalizer holds", () => {
  let world: MemoryWorld;
  beforeEach(() => {
    world = new MemoryWorld();
  });

  const deleteMove = () =>
    world.source.client.request({ method: "DELETE", path: MOVE_PATH, body: {} });
  const expectUntouched = () => {
    expect(world.names("target")).toEqual([]);
    expect(world.names("source")).toEqual(["tops/a", "middles/b", "leafs/c"]);
    expect(world.get("source", "tops/a")?.["spec"]).toEqual({ size: 3 });
  };

  const block = (value: "" | null) =>
    world.patch("source", "leafs/c", { metadata: { annotations: { "x.io/block": value } } });
  const waitForBlock = async () => {
    await world.begin({ blocks: ["x.io/block"] });
    await world.patchMove(HELD);
    await block("");
    await world.look();
  };

  it("does not begin if it was waiting", async () => {
    await waitForBlock();
    await deleteMove();
    await block(null);
    expect((await world.follow()).move.status?.phase).toBe("RolledBack");
    expectUntouched();
  });

  it("does not begin if it is deleted while the sources are looked at", async () => {
    await world.begin();
    await world.patchMove(HELD);
    world.around = async (send, { side, method, path }) => {
      const answer = await send();
      const isWaiting = world.source.objects.get(MOVE_PATH)?.["status"] as { phase?: string };
      if (isWaiting?.phase !== "Waiting" || side !== "source" || method !== "GET") return answer;
      if (!path.endsWith("/leafs")) return answer;
      world.around = (next) => next();
      await deleteMove();
      return answer;
    };
    expect((await world.follow()).move.status).toMatchObject({ phase: "RolledBack" });
    expectUntouched();
  });

  it("is rolled back if its copies were being created", async () => {
    await waitForBlock();
    world.add("target", "leafs/c", { metadata: {} });
    await block(null);
    expect((await world.follow()).move.status?.phase).toBe("Creating");
    world.remove("target", "leafs/c");
    await deleteMove();
    expect((await world.follow()).move.status?.phase).toBe("RolledBack");
    expectUntouched();
  });
});
