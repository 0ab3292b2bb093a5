import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import type { MirrorWorld } from "../../support/mirror/mirror-world.ts";
import { startShopWorld } from "../../support/mirror/shop-object.ts";
import { createMirrorScene, type MirrorScene } from "./mirror-scene.ts";
import { SHOP } from "./config-maps.ts";

const MARK = { "kubemend.dev/remediate": "false" };

describe("transfer leaves alone what has opted out:", () => {
  let world: MirrorWorld;
  let scene: MirrorScene;

  beforeAll(async () => {
    world = await startShopWorld();
    scene = createMirrorScene(world);
  });

  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
  });

  const label = (client: KubernetesClient, path: string) =>
    client.request({
      method: "PATCH",
      path,
      query: { fieldManager: "somebody" },
      contentType: "application/merge-patch+json",
      body: { metadata: { labels: MARK } },
    });

  it("an object of the source is not copied", async () => {
    const object = await scene.create("private", { a: "1" }, { labels: MARK });
    expect((await scene.run(object, "added")).counts).toEqual(["MirrorUntouched"]);
    expect(await scene.findCopy("private")).toBeUndefined();
  });

  it("an object of the target is not adopted", async () => {
    const object = await scene.create("theirs", { a: "1" });
    await scene.createForeign("theirs");
    await label(world.target, `${SHOP}/theirs`);
    await scene.run(object, "added", { conflict: "adopt" });
    expect((await scene.findCopy("theirs"))?.["data"]).toEqual({ theirs: "1" });
    expect((await scene.findRecord(object))?.status.reason).toBe("OptedOut");
  });

  it("a copy is neither changed nor deleted", async () => {
    const object = await scene.create("kept", { a: "1" });
    await scene.run(object, "added");
    await label(world.target, `${SHOP}/kept`);
    await scene.run(await scene.change("kept", { a: "2" }), "modified");
    await scene.remove("kept");
    await scene.run(object, "deleted");
    expect((await scene.findCopy("kept"))?.["data"]).toEqual({ a: "1" });
    expect((await scene.findRecord(object))?.status).toMatchObject({
      phase: "Failed",
      reason: "OptedOut",
    });
  });

  it("nothing is created in a namespace of the target", async () => {
    const object = await scene.create("outside", { a: "1" });
    await label(world.target, "/api/v1/namespaces/shop");
    // The namespace was read a moment ago, and is used for ten seconds.
    await expect
      .poll(
        async () => {
          const name = `outside-${Date.now()}`;
          const other = await scene.create(name, { a: "1" });
          await scene.run(other, "added");
          return (await scene.findRecord(other))?.status.reason;
        },
        { timeout: 20_000, interval: 2_000 },
      )
      .toBe("OptedOut");
    await scene.run(object, "added");
    expect(await scene.findCopy("outside")).toBeUndefined();
  });
});
