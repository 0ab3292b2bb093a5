import { beforeEach, describe, expect, it } from "vitest";
import { MemoryWorld } from "../../../support/move/memory-world.ts";
import { MoveWork } from "../../../support/move/move-work.ts";

const OPT_OUT = { "kubemend.dev/remediate": "false" };
const NAMESPACE = "/api/v1/namespaces/shop";

let world: MemoryWorld;
let work: MoveWork;

beforeEach(() => {
  world = new MemoryWorld();
  work = new MoveWork(world);
});

describe("a Move that functions carry out", () => {
  const expectRefused = async (object: string) => {
    const move = await world.begin();
    await work.processAll(work.toMessage(move));
    const { status } = (await world.store().find("m", new AbortController().signal)) ?? {};
    expect(status).toMatchObject({ phase: "Planning", problem: { code: "OptedOut", object } });
    expect(world.source.writes.filter((write) => write.includes("/apis/x.io/"))).toEqual([]);
    expect(world.names("target")).toEqual([]);
  };

  it("leaves an object alone whose owner has opted out", async () => {
    await world.patch("source", "leafs/c", { metadata: { annotations: OPT_OUT } });
    await expectRefused("Leaf shop/c");
  });

  it.each(["source", "target"] as const)("leaves a namespace of the %s alone", async (side) => {
    world[side].put(NAMESPACE, { metadata: { labels: OPT_OUT } });
    await expectRefused("Namespace shop");
  });

  it("does not begin if an owner opts out while it waits", async () => {
    const move = await world.begin({ blocks: ["x.io/block"] });
    await world.patch("source", "leafs/c", { metadata: { annotations: { "x.io/block": "" } } });
    await work.processAll(work.toMessage(move));
    const annotations = { "x.io/block": null, ...OPT_OUT };
    await world.patch("source", "leafs/c", { metadata: { annotations } });
    await work.processAll(work.toMessage(move, "2"));
    const { status } = (await world.store().find("m", new AbortController().signal)) ?? {};
    expect(status).toMatchObject({ phase: "Waiting", problem: { code: "OptedOut" } });
    expect(world.get("source", "tops/a")?.["spec"]).toEqual({ size: 3 });
  });

  describe("whose copies wait for a place in the target", () => {
    const expectUndeleted = async (optOut: () => Promise<unknown>, object: string) => {
      for (const side of ["source", "target"] as const)
        world[side].put(NAMESPACE, { metadata: {} });
      const move = await world.begin();
      const find = async () =>
        (await world.store().find("m", new AbortController().signal))?.status;
      world.around = (send, { side, method, isDryRun }) => {
        // The first copy is created: all checks before that have been done.
        const isFirst = side === "target" && method === "POST" && !isDryRun;
        if (isFirst && world.names("target").length === 0) {
          world.add("target", "leafs/c", { metadata: {} });
        }
        return send();
      };
      await work.processAll(work.toMessage(move));
      expect(await find()).toMatchObject({ phase: "Creating", problem: { code: "PlaceTaken" } });
      world.around = (send) => send();
      world.remove("target", "leafs/c");
      await optOut();
      await work.processAll(work.toMessage(move, "2"));
      expect(await find()).toMatchObject({
        phase: "Verifying",
        problem: { code: "OptedOut", object },
      });
      expect(world.names("source")).toEqual(["tops/a", "middles/b", "leafs/c"]);
    };

    it("deletes nothing if an owner has opted out meanwhile", async () => {
      const patch = { metadata: { annotations: OPT_OUT } };
      await expectUndeleted(() => world.patch("source", "leafs/c", patch), "Leaf shop/c");
    });

    it.each(["source", "target"] as const)(
      "deletes nothing if the owner of the namespace in the %s has opted out meanwhile",
      async (side) => {
        const optOut = async () => world[side].put(NAMESPACE, { metadata: { labels: OPT_OUT } });
        await expectUndeleted(optOut, "Namespace shop");
      },
    );
  });

  it("is carried out by the command, which a person has asked for", async () => {
    await world.patch("source", "leafs/c", { metadata: { annotations: OPT_OUT } });
    await world.begin();
    expect((await world.follow()).move.status?.phase).toBe("Moved");
    expect(world.get("target", "leafs/c")?.metadata.annotations).toMatchObject(OPT_OUT);
  });
});
