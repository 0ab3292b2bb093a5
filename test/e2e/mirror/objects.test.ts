import { readField } from "../../../core/json/read-json.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../../events/change.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { createTransfer } from "../../../functions/transfer/transfer.ts";
import { CONFIG_MAPS } from "../../support/mirror/mirror-case.ts";
import {
  createNamespace,
  find,
  toMirrorRule,
  toTransferDeps,
  type Json,
  type MirrorWorld,
} from "../../support/mirror/mirror-world.ts";
import { installThings } from "../../support/mirror/things.ts";
import {
  deliver,
  toMirroredObject,
  toTransferMessage,
} from "../../support/mirror/transfer-message.ts";
import { startShopWorld } from "../../support/mirror/shop-object.ts";
import { SHOP } from "./config-maps.ts";
import { createMirrorScene, type MirrorScene } from "./mirror-scene.ts";

describe("transfer between Kubernetes 1.36 and 1.33", () => {
  let world: MirrorWorld;
  let scene: MirrorScene;

  beforeAll(async () => {
    world = await startShopWorld();
    scene = createMirrorScene(world);
    await createNamespace(world.target, "shop-dr");
    await installThings(world.source, ["v1"]);
    await installThings(world.target, ["v1beta1"]);
  });

  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
  });

  const metadataOf = async (name: string): Promise<Json> =>
    ((await scene.findCopy(name)) ?? {})["metadata"] as Json;

  it("creates a copy that says where it comes from", async () => {
    const object = await scene.create("created", { a: "1" }, { labels: { app: "shop" } });
    expect(await scene.run(object, "added")).toEqual({
      verdict: { outcome: "done" },
      counts: ["Mirrored"],
    });
    const copy = await scene.findCopy("created");
    expect(copy).toMatchObject({
      data: { a: "1" },
      metadata: {
        labels: { app: "shop", "kubemend.dev/mirrored-by": "mirror-shop" },
        annotations: {
          "kubemend.dev/source-cluster": world.clusterUid,
          "kubemend.dev/source-uid": object.metadata.uid,
          "kubemend.dev/source-version": object.metadata["resourceVersion"],
          "kubemend.dev/source-object": "shop/created",
        },
      },
    });
    expect((await metadataOf("created"))["uid"]).not.toBe(object.metadata.uid);
  });

  it("asks the target once for each new object", async () => {
    const rule = toMirrorRule("mirror-shop", { on: { resource: "configmaps" } });
    const asked: string[] = [];
    const target: KubernetesClient = {
      ...world.target,
      request: (request) => {
        asked.push(`${request.method} ${request.path}`);
        return world.target.request(request);
      },
    };
    const transfer = createTransfer(toTransferDeps(world, [rule], { target }));
    const names = Array.from({ length: 20 }, (_, index) => `first-${index}`);
    for (const name of names) {
      const object = toMirroredObject(CONFIG_MAPS, await scene.create(name, { a: "1" }));
      await deliver(transfer, toTransferMessage(world, rule.id, object, "added"));
    }
    expect(asked.filter((line) => line.includes(SHOP))).toEqual(
      names.map((name) => `PATCH ${SHOP}/${name}`),
    );
    // The others are what is asked once in a process: what the target serves, and its uid.
    expect(asked.length - names.length).toBeLessThan(5);
  });

  it("creates what a change says was modified, if there is no copy", async () => {
    const object = await scene.create("unseen", { a: "1" });
    await scene.run(object, "modified");
    expect(await scene.findCopy("unseen")).toMatchObject({ data: { a: "1" } });
  });

  it("follows changes, and takes fields away that are gone", async () => {
    const object = await scene.create("changed", { a: "1", b: "1" });
    await scene.run(object, "added");
    await scene.run(await scene.change("changed", { a: "2", b: null }), "modified");
    expect((await scene.findCopy("changed"))?.["data"]).toEqual({ a: "2" });
  });

  it("applies the state of the source as it is, whatever state the message is about", async () => {
    const first = await scene.create("late", { a: "1" });
    const second = await scene.change("late", { a: "2" });
    await scene.run(second, "modified");
    expect((await scene.run(first, "added")).counts).toEqual([]);
    expect((await scene.findCopy("late"))?.["data"]).toEqual({ a: "2" });
  });

  it("deletes the copy of what is deleted", async () => {
    const object = await scene.create("deleted", { a: "1" });
    await scene.run(object, "added");
    await scene.remove("deleted");
    await scene.run(object, "deleted");
    expect(await scene.findCopy("deleted")).toBeUndefined();
  });

  it("keeps the copy of what is deleted if the rule says so", async () => {
    const object = await scene.create("kept", { a: "1" });
    await scene.run(object, "added", { delete: "keep" });
    await scene.remove("kept");
    await scene.run(object, "deleted", { delete: "keep" });
    expect(await scene.findCopy("kept")).toMatchObject({ data: { a: "1" } });
  });

  it("does not bring back what was deleted by a message that is late", async () => {
    const object = await scene.create("gone", { a: "1" });
    await scene.remove("gone");
    await scene.run(object, "added");
    expect(await scene.findCopy("gone")).toBeUndefined();
  });

  it.each([
    [{}, false],
    [{ left: "keep" }, true],
    [{ delete: "keep" }, true],
  ])("treats what the rule no longer selects as left, with %j", async (mirror, isKept) => {
    const name = `left-${JSON.stringify(mirror).replaceAll(/[^a-z]/g, "")}-x`;
    const rule = { where: 'object.data.mirror == "yes"' };
    const object = await scene.create(name, { mirror: "yes" });
    await scene.run(object, "added", mirror, rule);
    expect(await scene.findCopy(name)).toBeDefined();
    await scene.run(await scene.change(name, { mirror: "no" }), "modified", mirror, rule);
    expect((await scene.findCopy(name)) !== undefined).toBe(isKept);
  });

  it("makes the copy of a source that was created again equal to it, and keeps the object", async () => {
    const first = await scene.create("again", { a: "1" });
    await scene.run(first, "added");
    const before = await metadataOf("again");
    await scene.remove("again");
    const second = await scene.create("again", { a: "2" });
    await scene.run(second, "added");
    expect(await scene.findCopy("again")).toMatchObject({
      data: { a: "2" },
      metadata: {
        uid: before["uid"],
        annotations: { "kubemend.dev/source-uid": second.metadata.uid },
      },
    });
  });

  it("maps namespaces and names", async () => {
    const object = await scene.create("mapped", { a: "1" });
    const mirror = { namespaces: { shop: "shop-dr" }, names: { prefix: "eu-" } };
    await scene.run(object, "added", mirror);
    const path = "/api/v1/namespaces/shop-dr/configmaps/eu-mapped";
    expect(await find(world.target, path)).toMatchObject({ data: { a: "1" } });
    await scene.remove("mapped");
    await scene.run(object, "deleted", mirror);
    expect(await find(world.target, path)).toBeUndefined();
  });

  it("says that the target lacks the namespace", async () => {
    const object = await scene.create("homeless", { a: "1" });
    const mirror = { namespaces: { shop: "nowhere" } };
    expect((await scene.run(object, "added", mirror)).counts).toEqual(["MirrorFailed"]);
    expect(await scene.findRecord(object)).toMatchObject({
      status: { reason: "NamespaceMissing" },
    });
  });

  it("does not mirror a copy on", async () => {
    const annotations = { "kubemend.dev/source-cluster": "another" };
    const object = await scene.create("copy", { a: "1" }, { annotations });
    await scene.run(object, "added");
    expect(await scene.findCopy("copy")).toBeUndefined();
  });

  it("writes nothing in mode dryRun", async () => {
    const object = await scene.create("tried", { a: "1" });
    expect((await scene.run(object, "added", {}, { guards: { mode: "dryRun" } })).verdict).toEqual({
      outcome: "done",
    });
    expect(await scene.findCopy("tried")).toBeUndefined();
  });

  it("writes the version that the target serves, and the status if the rule says so", async () => {
    const path = "/apis/example.com/v1/namespaces/shop/things";
    const body = {
      apiVersion: "example.com/v1",
      kind: "Thing",
      metadata: { name: "thing" },
      spec: { value: "1" },
    };
    const created = await world.source.request<KubernetesObject>({ method: "POST", path, body });
    const object = await world.source.request<KubernetesObject>({
      method: "PUT",
      path: `${path}/thing/status`,
      body: { ...created, status: { ready: "yes" } },
    });
    const rule = toMirrorRule("things", {
      on: { resource: "things.example.com" },
      mirror: { status: true },
    });
    const type = { ...CONFIG_MAPS, group: "example.com", resource: "things", kind: "Thing" };
    const message = toTransferMessage(world, rule.id, toMirroredObject(type, object), "added");
    await deliver(createTransfer(toTransferDeps(world, [rule])), message);
    const copy = "/apis/example.com/v1beta1/namespaces/shop/things/thing";
    expect(await find(world.target, copy)).toMatchObject({
      apiVersion: "example.com/v1beta1",
      spec: { value: "1" },
      status: { ready: "yes" },
    });
  });

  it("waits for the copy of an owner, and continues without it after 15 minutes", async () => {
    const owner = await scene.create("owner", { a: "1" });
    const reference = {
      apiVersion: "v1",
      kind: "ConfigMap",
      name: "owner",
      uid: owner.metadata.uid,
    };
    const object = await scene.create("owned", { a: "1" }, { ownerReferences: [reference] });
    expect((await scene.run(object, "added")).verdict).toMatchObject({
      outcome: "retry",
      code: "OwnerMissing",
    });
    expect(await scene.findCopy("owned")).toBeUndefined();
    const sentMs = Date.now() - 16 * 60_000;
    await scene.run(object, "added", {}, {}, { sentMs });
    expect((await scene.findCopy("owned"))?.["metadata"]).toMatchObject({
      annotations: { "kubemend.dev/dropped-owners": "ConfigMap/owner" },
    });
  });

  it("names the owner's copy as the owner of a copy", async () => {
    const owner = await scene.create("parent", { a: "1" });
    const reference = {
      apiVersion: "v1",
      kind: "ConfigMap",
      name: "parent",
      uid: owner.metadata.uid,
    };
    const object = await scene.create("child", { a: "1" }, { ownerReferences: [reference] });
    await scene.run(owner, "added");
    await scene.run(object, "added");
    const { uid } = await metadataOf("parent");
    const system = await find(world.target, "/api/v1/namespaces/kube-system");
    const lasting = {
      apiVersion: "v1",
      kind: "Namespace",
      name: "kube-system",
      uid: readField(system, "metadata", "uid"),
    };
    expect((await scene.findCopy("child"))?.["metadata"]).toMatchObject({
      ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "parent", uid }, lasting],
    });
  });
});
