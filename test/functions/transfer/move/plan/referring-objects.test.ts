import { beforeEach, describe, expect, it } from "vitest";
import { describeMove } from "../../../../../core/move/status/describe-move.ts";
import { KubemendError } from "../../../../../core/errors.ts";
import { MemoryWorld } from "../../../../support/move/memory-world.ts";

const TOP_A = { apiVersion: "x.io/v1", kind: "Top", name: "a" };

describe("objects that stay and refer to what moves", () => {
  let world: MemoryWorld;

  beforeEach(() => {
    world = new MemoryWorld();
  });

  it("are in the status of the Move, and named at its end", async () => {
    world.add("source", "leafs/stays", { metadata: {}, spec: { topRef: TOP_A } });
    world.add("source", "tops/other", { metadata: {}, spec: { topRef: TOP_A } });
    await world.begin();
    const { move } = await world.follow();
    expect(move.status).toMatchObject({ phase: "Moved", referrerCount: 2, unseen: [] });
    expect(move.status?.referrers).toEqual([
      { object: "Leaf shop/stays", field: "spec.topRef", refersTo: "Top shop/a" },
      { object: "Top shop/other", field: "spec.topRef", refersTo: "Top shop/a" },
    ]);
    const text = describeMove(move);
    expect(text).toContain("  references of objects that stay to objects that move:");
    expect(text).toContain("    Leaf shop/stays spec.topRef: Top shop/a");
  });

  it("are not those that move, and not those that a controller has made", async () => {
    await world.patch("source", "leafs/c", { spec: { topRef: TOP_A } });
    const owner = world.add("source", "tops/other", { metadata: {} });
    const made = { metadata: { ownerReferences: [owner] }, spec: { topRef: TOP_A } };
    world.add("source", "middles/made", made);
    await world.begin();
    const { move } = await world.follow();
    expect(move.status).toMatchObject({ phase: "Moved", referrers: [], referrerCount: 0 });
  });

  it("are looked for with one more list for each resource of which nothing moves", async () => {
    world.add("source", "middles/stays", { metadata: {}, spec: { topRef: TOP_A } });
    const lists: string[] = [];
    world.around = (send, { side, method, path }) => {
      if (side === "source" && method === "GET" && /\/(tops|middles|leafs)$/.test(path)) {
        lists.push(path.split("/").at(-1) ?? "");
      }
      return send();
    };
    const select = [{ resource: "tops.x.io", namespace: "shop", name: "a" }];
    await world.begin({ select, leaveOwned: true });
    await world.look();
    const { length } = lists.filter((resource) => resource === "leafs");
    // Its only object has a controller, so that it need not be read as a whole.
    expect(lists.filter((resource) => resource === "middles")).toHaveLength(length + 1);
  });

  it("are not known of a resource that cannot be read, which is said", async () => {
    world.add("source", "leafs/stays", { metadata: {}, spec: { topRef: TOP_A } });
    const select = [{ resource: "tops.x.io", namespace: "shop", name: "a" }];
    let lists = 0;
    world.around = async (send, { side, method, path }) => {
      if (side === "source" && method === "GET" && path.endsWith("/leafs")) {
        lists += 1;
        if (lists === 2) {
          throw new KubemendError("Unavailable", "no answer", { retryable: true, status: 503 });
        }
      }
      return send();
    };
    await world.begin({ select, leaveOwned: true });
    const { move } = await world.look();
    expect(move.status?.unseen).toEqual(["leafs.x.io: no answer"]);
  });
});
