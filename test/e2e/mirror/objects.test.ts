import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AlertMessage } from "../../../events/alert.ts";
import type { KubernetesObject, ResourceType } from "../../../events/change.ts";
import type { ChangeKind } from "../../../events/ids.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { createTransfer } from "../../../functions/transfer/transfer.ts";
import {
  createNamespace,
  find,
  startMirrorWorld,
  TARGET,
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
  type Delivered,
} from "../../support/mirror/transfer-message.ts";

const CONFIG_MAPS: ResourceType = {
  group: "",
  version: "v1",
  resource: "configmaps",
  kind: "ConfigMap",
  namespaced: true,
};
const SHOP = "/api/v1/namespaces/shop/configmaps";
const RECORDS = "/apis/kubemend.dev/v1alpha1/namespaces/kubemend/remediations";

type Record = {
  readonly spec: Json;
  readonly status: { readonly phase: string; readonly reason: string };
};

describe("transfer between Kubernetes 1.36 and 1.33", () => {
  let world: MirrorWorld;

  beforeAll(async () => {
    world = await startMirrorWorld();
    await createNamespace(world.source, "shop");
    await createNamespace(world.target, "shop");
    await createNamespace(world.target, "shop-dr");
    await installThings(world.source, ["v1"]);
    await installThings(world.target, ["v1beta1"]);
  });

  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
  });

  const create = (name: string, data: Json, metadata: Json = {}): Promise<KubernetesObject> =>
    world.source.request({
      method: "POST",
      path: SHOP,
      body: { metadata: { name, ...metadata }, data },
    });
  const change = (name: string, data: Json, client = world.source): Promise<KubernetesObject> =>
    client.request({
      method: "PATCH",
      path: `${SHOP}/${name}`,
      query: { fieldManager: "somebody" },
      contentType: "application/merge-patch+json",
      body: { data },
    });
  const remove = (name: string, client = world.source): Promise<unknown> =>
    client.request({ method: "DELETE", path: `${SHOP}/${name}` });
  const findCopy = (name: string): Promise<Json | undefined> =>
    find(world.target, `${SHOP}/${name}`);

  const metadataOf = async (name: string): Promise<Json> =>
    ((await findCopy(name)) ?? {})["metadata"] as Json;

  /** Gives a new process of the function the message about a change. */
  const run = (
    object: KubernetesObject,
    kind: ChangeKind,
    mirror: Json = {},
    rule: Json = {},
    options: Parameters<typeof deliver>[2] = {},
  ): Promise<Delivered> => {
    const own = toMirrorRule("mirror-shop", { on: { resource: "configmaps" }, mirror, ...rule });
    const message = toTransferMessage(world, own.id, toMirroredObject(CONFIG_MAPS, object), kind);
    return deliver(createTransfer(toTransferDeps(world, [own])), message, options);
  };
  const findRecord = async (object: KubernetesObject): Promise<Record | undefined> => {
    const { items } = await world.source.request<{
      readonly items: readonly (Record & {
        readonly spec: { readonly trigger: { readonly uid: string } };
      })[];
    }>({ method: "GET", path: RECORDS });
    return items.find(({ spec }) => spec.trigger.uid === object.metadata.uid);
  };

  it("creates a copy that says where it comes from", async () => {
    const object = await create("created", { a: "1" }, { labels: { app: "shop" } });
    expect(await run(object, "added")).toEqual({
      verdict: { outcome: "done" },
      counts: ["Mirrored"],
    });
    const copy = await findCopy("created");
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
      const object = toMirroredObject(CONFIG_MAPS, await create(name, { a: "1" }));
      await deliver(transfer, toTransferMessage(world, rule.id, object, "added"));
    }
    expect(asked.filter((line) => line.includes(SHOP))).toEqual(
      names.map((name) => `PATCH ${SHOP}/${name}`),
    );
    // The others are what is asked once in a process: what the target serves, and its uid.
    expect(asked.length - names.length).toBeLessThan(5);
  });

  it("creates what a change says was modified, if there is no copy", async () => {
    const object = await create("unseen", { a: "1" });
    await run(object, "modified");
    expect(await findCopy("unseen")).toMatchObject({ data: { a: "1" } });
  });

  it("follows changes, and takes fields away that are gone", async () => {
    const object = await create("changed", { a: "1", b: "1" });
    await run(object, "added");
    await run(await change("changed", { a: "2", b: null }), "modified");
    expect((await findCopy("changed"))?.["data"]).toEqual({ a: "2" });
  });

  it("applies the state of the source as it is, whatever state the message is about", async () => {
    const first = await create("late", { a: "1" });
    const second = await change("late", { a: "2" });
    await run(second, "modified");
    expect((await run(first, "added")).counts).toEqual([]);
    expect((await findCopy("late"))?.["data"]).toEqual({ a: "2" });
  });

  it("deletes the copy of what is deleted", async () => {
    const object = await create("deleted", { a: "1" });
    await run(object, "added");
    await remove("deleted");
    await run(object, "deleted");
    expect(await findCopy("deleted")).toBeUndefined();
  });

  it("keeps the copy of what is deleted if the rule says so", async () => {
    const object = await create("kept", { a: "1" });
    await run(object, "added", { delete: "keep" });
    await remove("kept");
    await run(object, "deleted", { delete: "keep" });
    expect(await findCopy("kept")).toMatchObject({ data: { a: "1" } });
  });

  it("does not bring back what was deleted by a message that is late", async () => {
    const object = await create("gone", { a: "1" });
    await remove("gone");
    await run(object, "added");
    expect(await findCopy("gone")).toBeUndefined();
  });

  it("does not delete an object that is not its own", async () => {
    const object = await create("foreign-deleted", { a: "1" });
    await world.target.request({
      method: "POST",
      path: SHOP,
      body: { metadata: { name: "foreign-deleted" }, data: { theirs: "1" } },
    });
    await remove("foreign-deleted");
    await run(object, "deleted");
    expect(await findCopy("foreign-deleted")).toMatchObject({ data: { theirs: "1" } });
  });

  it.each([
    [{}, false],
    [{ left: "keep" }, true],
    [{ delete: "keep" }, true],
  ])("treats what the rule no longer selects as left, with %j", async (mirror, isKept) => {
    const name = `left-${JSON.stringify(mirror).replaceAll(/[^a-z]/g, "")}-x`;
    const rule = { where: 'object.data.mirror == "yes"' };
    const object = await create(name, { mirror: "yes" });
    await run(object, "added", mirror, rule);
    expect(await findCopy(name)).toBeDefined();
    await run(await change(name, { mirror: "no" }), "modified", mirror, rule);
    expect((await findCopy(name)) !== undefined).toBe(isKept);
  });

  it("makes the copy of a source that was created again equal to it, and keeps the object", async () => {
    const first = await create("again", { a: "1" });
    await run(first, "added");
    const before = await metadataOf("again");
    await remove("again");
    const second = await create("again", { a: "2" });
    await run(second, "added");
    expect(await findCopy("again")).toMatchObject({
      data: { a: "2" },
      metadata: {
        uid: before["uid"],
        annotations: { "kubemend.dev/source-uid": second.metadata.uid },
      },
    });
  });

  it("leaves an object of the copy's name alone, and says so in one record", async () => {
    const object = await create("conflict", { a: "1" });
    const foreign = { metadata: { name: "conflict" }, data: { theirs: "1" } };
    await world.target.request({ method: "POST", path: SHOP, body: foreign });
    expect((await run(object, "added")).counts).toEqual(["MirrorConflict"]);
    await run(await change("conflict", { a: "2" }), "modified");
    expect((await findCopy("conflict"))?.["data"]).toEqual({ theirs: "1" });
    expect(await findRecord(object)).toMatchObject({
      spec: { onceKey: `mirror/${TARGET}` },
      status: { phase: "Failed", reason: "MirrorConflict" },
    });
  });

  it("alerts once about a conflict, if the rule has an alert", async () => {
    const object = await create("alerted", { a: "1" });
    const foreign = { metadata: { name: "alerted" }, data: { theirs: "1" } };
    await world.target.request({ method: "POST", path: SHOP, body: foreign });
    const rule = toMirrorRule("mirror-shop", {
      on: { resource: "configmaps" },
      alert: { to: "ops", summary: "'no copy of ' + object.metadata.name + object.data.a" },
    });
    const message = toTransferMessage(
      world,
      rule.id,
      toMirroredObject(CONFIG_MAPS, object),
      "added",
    );
    const alerts: AlertMessage[] = [];
    const transfer = createTransfer(toTransferDeps(world, [rule], { alerts }));
    await deliver(transfer, message);
    await deliver(transfer, message);
    expect(alerts.map(({ data }) => data)).toMatchObject([
      {
        summary: "no copy of alerted1",
        problem: { code: "MirrorConflict" },
        record: { namespace: "kubemend" },
      },
    ]);
  });

  it("ends the record when the conflict is over", async () => {
    const object = await create("resolved", { a: "1" });
    const foreign = { metadata: { name: "resolved" }, data: { theirs: "1" } };
    await world.target.request({ method: "POST", path: SHOP, body: foreign });
    await run(object, "added");
    await remove("resolved", world.target);
    await run(object, "modified");
    expect(await findCopy("resolved")).toMatchObject({ data: { a: "1" } });
    expect(await findRecord(object)).toMatchObject({ status: { phase: "Succeeded" } });
  });

  it("adopts an object of the copy's name if the rule says so", async () => {
    const object = await create("adopted", { a: "1" });
    const foreign = { metadata: { name: "adopted" }, data: { a: "0", theirs: "1" } };
    await world.target.request({ method: "POST", path: SHOP, body: foreign });
    await run(object, "added", { conflict: "adopt" });
    expect(await findCopy("adopted")).toMatchObject({ data: { a: "1", theirs: "1" } });
  });

  it("skips an object of the copy's name without a word if the rule says so", async () => {
    const object = await create("skipped", { a: "1" });
    const foreign = { metadata: { name: "skipped" }, data: { theirs: "1" } };
    await world.target.request({ method: "POST", path: SHOP, body: foreign });
    expect((await run(object, "added", { conflict: "skip" })).counts).toEqual([]);
    expect((await findCopy("skipped"))?.["data"]).toEqual({ theirs: "1" });
    expect(await findRecord(object)).toBeUndefined();
  });

  it("repairs what somebody has changed in the copy", async () => {
    const object = await create("drift", { a: "1" });
    await run(object, "added");
    await change("drift", { a: "2" }, world.target);
    expect((await run(object, "modified")).counts).toEqual(["Drift", "Mirrored"]);
    expect((await findCopy("drift"))?.["data"]).toEqual({ a: "1" });
  });

  it("only reports it if the rule says so", async () => {
    const object = await create("reported", { a: "1" });
    await run(object, "added");
    await change("reported", { a: "2" }, world.target);
    expect((await run(object, "modified", { drift: "report" })).counts).toEqual(["Drift"]);
    expect((await findCopy("reported"))?.["data"]).toEqual({ a: "2" });
  });

  it("maps namespaces and names", async () => {
    const object = await create("mapped", { a: "1" });
    const mirror = { namespaces: { shop: "shop-dr" }, names: { prefix: "eu-" } };
    await run(object, "added", mirror);
    const path = "/api/v1/namespaces/shop-dr/configmaps/eu-mapped";
    expect(await find(world.target, path)).toMatchObject({ data: { a: "1" } });
    await remove("mapped");
    await run(object, "deleted", mirror);
    expect(await find(world.target, path)).toBeUndefined();
  });

  it("says that the target lacks the namespace", async () => {
    const object = await create("homeless", { a: "1" });
    const mirror = { namespaces: { shop: "nowhere" } };
    expect((await run(object, "added", mirror)).counts).toEqual(["MirrorFailed"]);
    expect(await findRecord(object)).toMatchObject({ status: { reason: "NamespaceMissing" } });
  });

  it("does not mirror a copy on", async () => {
    const annotations = { "kubemend.dev/source-cluster": "another" };
    const object = await create("copy", { a: "1" }, { annotations });
    await run(object, "added");
    expect(await findCopy("copy")).toBeUndefined();
  });

  it("writes nothing in mode dryRun", async () => {
    const object = await create("tried", { a: "1" });
    expect((await run(object, "added", {}, { guards: { mode: "dryRun" } })).verdict).toEqual({
      outcome: "done",
    });
    expect(await findCopy("tried")).toBeUndefined();
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
    const owner = await create("owner", { a: "1" });
    const reference = {
      apiVersion: "v1",
      kind: "ConfigMap",
      name: "owner",
      uid: owner.metadata.uid,
    };
    const object = await create("owned", { a: "1" }, { ownerReferences: [reference] });
    expect((await run(object, "added")).verdict).toMatchObject({
      outcome: "retry",
      code: "OwnerMissing",
    });
    expect(await findCopy("owned")).toBeUndefined();
    const sentMs = Date.now() - 16 * 60_000;
    await run(object, "added", {}, {}, { sentMs });
    expect((await findCopy("owned"))?.["metadata"]).toMatchObject({
      annotations: { "kubemend.dev/dropped-owners": "ConfigMap/owner" },
    });
  });

  it("names the owner's copy as the owner of a copy", async () => {
    const owner = await create("parent", { a: "1" });
    const reference = {
      apiVersion: "v1",
      kind: "ConfigMap",
      name: "parent",
      uid: owner.metadata.uid,
    };
    const object = await create("child", { a: "1" }, { ownerReferences: [reference] });
    await run(owner, "added");
    await run(object, "added");
    const { uid } = await metadataOf("parent");
    expect((await findCopy("child"))?.["metadata"]).toMatchObject({
      ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "parent", uid }],
    });
  });
});
