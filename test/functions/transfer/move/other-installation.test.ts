import { beforeEach, expect, it } from "vitest";
import { createMoveStore } from "../../../../adapters/kubernetes/move/move-store.ts";
import { KubemendError } from "../../../../core/errors.ts";
import type { Move } from "../../../../events/moves/move.ts";
import { runMove } from "../../../../functions/transfer/move/run-move.ts";
import { MemoryWorld } from "../../../support/move/memory-world.ts";

const { signal } = new AbortController();
let world: MemoryWorld;
/** Another installation in the same cluster, whose Moves are in a namespace of its own. */
let other: ReturnType<typeof createMoveStore>;

beforeEach(() => {
  world = new MemoryWorld();
  const { client } = world.toSide("source");
  other = createMoveStore({ client, namespace: "kubemend-b" });
});

/** One installation waits, with the objects of its Move, and the other one begins another Move of the same objects. */
async function moveTwice(): Promise<Move> {
  const first = await world.begin({ blocks: ["x.io/block"] });
  await world.patch("source", "leafs/c", { metadata: { annotations: { "x.io/block": "" } } });
  expect((await world.look()).move.status?.phase).toBe("Waiting");
  await other.create("m2", { ...first.spec, blocks: [] }, signal);
  return (await runMove({ ...world.toDeps(), store: other }, "m2", signal)).move;
}

it("a Move leaves objects alone that a Move of another installation has", async () => {
  const { status } = await moveTwice();
  expect(status?.phase).toBe("Planning");
  expect(status?.problem?.reason).toContain("Move kubemend/m moves it already");
  expect(status?.problem?.reason).toContain("kubectl get moves.kubemend.dev m -n kubemend");
  expect(world.names("target")).toEqual([]);
});

it("a Move begins with the right to list those of its own namespace alone", async () => {
  world.around = async (send, { path }) => {
    if (!/\/moves(?:teps)?$/.test(path) || path.includes("/namespaces/")) return send();
    throw new KubemendError("Forbidden", "no", { retryable: false, status: 403 });
  };
  await world.begin();
  expect((await world.follow()).move.status?.phase).toBe("Moved");
});

it("a Move asks for the objects of all others at once", async () => {
  for (let count = 0; count < 40; count += 1) {
    await other.create(`m${count}`, { target: { cluster: "target" }, select: [] }, signal);
  }
  const lists: string[] = [];
  world.around = (send, { path, method }) => {
    if (method === "GET" && path.endsWith("/movesteps")) lists.push(path);
    return send();
  };
  await world.begin();
  expect((await world.follow()).move.status?.phase).toBe("Moved");
  expect(lists.length).toBeLessThan(20);
});
