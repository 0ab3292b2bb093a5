import { beforeEach, describe, expect, it } from "vitest";
import { MOVE_LABEL } from "../../../../../events/moves/move-steps.ts";
import { MemoryWorld } from "../../../../support/move/memory-world.ts";

const MOVES = "/apis/kubemend.dev/v1alpha1/namespaces/other";

describe("a source that somebody else deletes after the point of no return", () => {
  let world: MemoryWorld;
  beforeEach(async () => {
    world = new MemoryWorld();
    await world.begin({ removeFinalizers: [] });
    // Until the leaf of the source is held by its finalizer.
    await world.look();
    await world.look();
  });

  /** Another Move of the same cluster, in another namespace, that has the middle. */
  const addOther = (): void => {
    const uid = world.get("source", "middles/b")?.metadata.uid ?? "";
    const head = { apiVersion: "kubemend.dev/v1alpha1" };
    const spec = { target: { cluster: "x" }, select: [{ resource: "middles.x.io" }] };
    const at = new Date().toISOString();
    const status = { phase: "Resuming", since: at, startedAt: at, plan: "p" };
    const move = world.source.put(`${MOVES}/moves/m2`, {
      ...head,
      kind: "Move",
      metadata: {},
      spec,
      status,
    });
    const object = { version: "v1", resource: "middles", kind: "Middle", name: "b", uid };
    const { metadata } = move;
    world.source.put(`${MOVES}/movesteps/m2.1`, {
      ...head,
      kind: "MoveSteps",
      metadata: { labels: { [MOVE_LABEL]: metadata.uid } },
      spec: {
        move: { name: "m2", uid: metadata.uid },
        plan: "p",
        index: 1,
        objects: [{ group: "x.io", ...object, namespace: "shop", level: 0, state: "Created" }],
      },
    });
  };

  it("is noted by its name, and those that the move has deleted are not", async () => {
    world.remove("source", "middles/b");
    await world.release("source", "leafs/c");
    await world.look();
    await world.release("source", "tops/a");
    const { move } = await world.follow();
    expect(move.status).toMatchObject({
      phase: "Moved",
      notes: [expect.stringMatching(/^Middle shop\/b: gone from the source before/)],
    });
  });

  it("stops the move if another Move has it, until one of the copies is gone", async () => {
    addOther();
    world.remove("source", "middles/b");
    await world.release("source", "leafs/c");
    const { move } = await world.follow();
    expect(move.status?.problem).toMatchObject({
      code: "MovedByAnother",
      object: "Middle shop/b",
      reason: expect.stringContaining("other/m2"),
    });
    world.remove("target", "middles/b");
    await world.look();
    await world.release("source", "tops/a");
    expect((await world.follow()).move.status?.phase).toBe("Moved");
  });
});
