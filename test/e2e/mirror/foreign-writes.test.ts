import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AlertMessage } from "../../../events/alert.ts";
import { createTransfer } from "../../../functions/transfer/transfer.ts";
import { CONFIG_MAPS } from "../../support/mirror/mirror-case.ts";
import {
  TARGET,
  toMirrorRule,
  toTransferDeps,
  type Json,
  type MirrorWorld,
} from "../../support/mirror/mirror-world.ts";
import {
  deliver,
  toMirroredObject,
  toTransferMessage,
} from "../../support/mirror/transfer-message.ts";
import { startShopWorld } from "../../support/mirror/shop-object.ts";
import { SHOP } from "./config-maps.ts";
import { createMirrorScene, type MirrorScene } from "./mirror-scene.ts";

describe("transfer, if others write into the target,", () => {
  let world: MirrorWorld;
  let scene: MirrorScene;

  beforeAll(async () => {
    world = await startShopWorld();
    scene = createMirrorScene(world);
  });

  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
  });

  it("does not delete an object that is not its own", async () => {
    const object = await scene.create("foreign-deleted", { a: "1" });
    await scene.createForeign("foreign-deleted");
    await scene.remove("foreign-deleted");
    await scene.run(object, "deleted");
    expect(await scene.findCopy("foreign-deleted")).toMatchObject({ data: { theirs: "1" } });
  });

  it("leaves an object of the copy's name alone, and says so in one record", async () => {
    const object = await scene.create("conflict", { a: "1" });
    await scene.createForeign("conflict");
    expect((await scene.run(object, "added")).counts).toEqual(["MirrorConflict"]);
    await scene.run(await scene.change("conflict", { a: "2" }), "modified");
    expect((await scene.findCopy("conflict"))?.["data"]).toEqual({ theirs: "1" });
    expect(await scene.findRecord(object)).toMatchObject({
      spec: { onceKey: `mirror/${TARGET}` },
      status: { phase: "Failed", reason: "MirrorConflict" },
    });
  });

  it("alerts once about a conflict, if the rule has an alert", async () => {
    const object = await scene.create("alerted", { a: "1" });
    await scene.createForeign("alerted");
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
    const object = await scene.create("resolved", { a: "1" });
    await scene.createForeign("resolved");
    await scene.run(object, "added");
    await scene.remove("resolved", world.target);
    await scene.run(object, "modified");
    expect(await scene.findCopy("resolved")).toMatchObject({ data: { a: "1" } });
    expect(await scene.findRecord(object)).toMatchObject({ status: { phase: "Succeeded" } });
  });

  it("adopts an object of the copy's name if the rule says so", async () => {
    const object = await scene.create("adopted", { a: "1" });
    await scene.createForeign("adopted", { a: "0", theirs: "1" });
    await scene.run(object, "added", { conflict: "adopt" });
    expect(await scene.findCopy("adopted")).toMatchObject({ data: { a: "1", theirs: "1" } });
  });

  it("skips an object of the copy's name without a word if the rule says so", async () => {
    const object = await scene.create("skipped", { a: "1" });
    await scene.createForeign("skipped");
    expect((await scene.run(object, "added", { conflict: "skip" })).counts).toEqual([]);
    expect((await scene.findCopy("skipped"))?.["data"]).toEqual({ theirs: "1" });
    expect(await scene.findRecord(object)).toBeUndefined();
  });

  it("repairs what somebody has changed in the copy", async () => {
    const object = await scene.create("drift", { a: "1" });
    await scene.run(object, "added");
    await scene.change("drift", { a: "2" }, world.target);
    expect((await scene.run(object, "modified")).counts).toEqual(["Drift", "Mirrored"]);
    expect((await scene.findCopy("drift"))?.["data"]).toEqual({ a: "1" });
  });

  it("replaces a copy that somebody has made immutable", async () => {
    const object = await scene.create("sealed", { a: "1" });
    await scene.run(object, "added");
    const contentType = "application/merge-patch+json";
    const path = `${SHOP}/sealed`;
    await world.target.request({
      method: "PATCH",
      path,
      contentType,
      body: { immutable: true },
    });
    await scene.run(await scene.change("sealed", { a: "2" }), "modified");
    const copy = await scene.findCopy("sealed");
    expect([copy?.["data"], copy?.["immutable"]]).toEqual([{ a: "2" }, undefined]);
  });

  it("says which finalizer holds a copy that is being deleted", async () => {
    const object = await scene.create("held", { a: "1" });
    await scene.run(object, "added");
    const contentType = "application/merge-patch+json";
    const path = `${SHOP}/held`;
    const body = { metadata: { finalizers: ["example.com/hold"] } };
    await world.target.request({ method: "PATCH", path, contentType, body });
    await scene.remove("held", world.target);
    expect((await scene.run(object, "modified")).verdict).toMatchObject({ code: "Terminating" });
    const later = { now: () => Date.now() + 10 * 60_000 };
    await scene.run(object, "modified", {}, {}, {}, later);
    expect(await scene.findRecord(object)).toMatchObject({ status: { reason: "CopyTerminating" } });
  });

  it("marks a copy that somebody has restored as one of the present state, and leaves their fields", async () => {
    const report = { drift: "report" };
    const object = await scene.create("put-back", { a: "1" });
    await scene.run(object, "added", report);
    const copy = await scene.findCopy("put-back");
    await scene.remove("put-back", world.target);
    const { name, labels, annotations } = (copy?.["metadata"] ?? {}) as Json;
    await world.target.request({
      method: "POST",
      path: SHOP,
      body: { ...copy, metadata: { name, labels, annotations } },
    });
    const changed = await scene.change("put-back", { a: "2" });
    expect((await scene.run(changed, "modified", report)).counts).toEqual(["Mirrored"]);
    expect((await scene.run(changed, "modified", report)).counts).toEqual(["Drift"]);
    expect(await scene.findCopy("put-back")).toMatchObject({
      data: { a: "1" },
      metadata: {
        annotations: { "kubemend.dev/source-version": changed.metadata.resourceVersion },
      },
    });
  });

  it("only reports it if the rule says so", async () => {
    const object = await scene.create("reported", { a: "1" });
    await scene.run(object, "added", { drift: "report" });
    await scene.change("reported", { a: "2" }, world.target);
    expect((await scene.run(object, "modified", { drift: "report" })).counts).toEqual(["Drift"]);
    expect((await scene.findCopy("reported"))?.["data"]).toEqual({ a: "2" });
  });
});
