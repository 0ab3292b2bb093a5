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

  it("is carried out by the command, which a person has asked for", async () => {
    await world.patch("source", "leafs/c", { metadata: { annotations: OPT_OUT } });
    await world.begin();
    expect((await world.follow()).move.status?.phase).toBe("Moved");
    expect(world.get("target", "leafs/c")?.metadata.annotations).toMatchObject(OPT_OUT);
  });
});
