/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findCanary, readFolder } from "../../../support/host/canary.ts";
import type { FlowWorld } from "../../../support/mirror/flow-world.ts";
import { TARGET, type Json } from "../../../support/mirror/mirror-world.ts";
import { installThings } from "../../../support/mirror/things.ts";
import { LABELLED, PATIENT, startFlow, type FlowScene } from "./flow-scene.ts";

const PLACE = { namespaces: { shop: "shop-dr" }, names: { prefix: "eu-" } };
const toRule = (id: string, on: Json, mirror: Json = {}): Json => ({
  id,
  on: { namespaces: ["shop"], ...on },
  then: [{ mirror: { to: [TARGET], ...PLACE, ...mirror } }],
});
const RULES = [
  toRule("mirror-maps", { resource: "configmaps", labelSelector: "mirror=yes" }),
  toRule("mirror-secrets", { resource: "secrets" }),
  toRule("mirror-things", { resource: "things.example.com" }),
];

const HERE = "/api/v1/namespaces/shop";
const THERE = "/api/v1/namespaces/shop-dr";
const THINGS_HERE = "/apis/example.com/v1/namespaces/shop/things";
const THINGS_THERE = "/apis/example.com/v1beta1/namespaces/shop-dr/things";
const stack = new AsyncDisposableStack();
let world: FlowWorld;
let scene: FlowScene;

beforeAll(async () => {
  ({ world, scene } = await startFlow(stack, RULES, async ({ source, target }) => {
    await installThings(source, ["v1"]);
    await installThings(target, ["v1beta1"]);
  }));
});

afterAll(async () => {
  await stack.disposeAsync();
});

describe("relay, changes queue, normalize, transfers queue and transfer, between two API servers", () => {
  it("create, change and delete the copy of an object, under its mapped name", async () => {
    await scene.createMap("settings", { a: "1" });
    await expect
      .poll(scene.copyAt(`${THERE}/configmaps/eu-settings`), PATIENT)
      .toMatchObject({ data: { a: "1" } });
    await scene.patch(`${HERE}/configmaps/settings`, { data: { a: "2", b: null } });
    await expect
      .poll(scene.copyAt(`${THERE}/configmaps/eu-settings`), PATIENT)
      .toMatchObject({ data: { a: "2" } });
    await scene.remove(`${HERE}/configmaps/settings`);
    await expect.poll(scene.copyAt(`${THERE}/configmaps/eu-settings`), PATIENT).toBeUndefined();
  });

  it("delete the copy when the object loses the label that the rule asks for, and make it again", async () => {
    await scene.createMap("labelled", { a: "1" });
    await expect
      .poll(scene.copyAt(`${THERE}/configmaps/eu-labelled`), PATIENT)
      .toMatchObject({ data: { a: "1" } });
    await scene.patch(`${HERE}/configmaps/labelled`, { metadata: { labels: { mirror: null } } });
    await expect.poll(scene.copyAt(`${THERE}/configmaps/eu-labelled`), PATIENT).toBeUndefined();
    await scene.patch(`${HERE}/configmaps/labelled`, { metadata: { labels: LABELLED } });
    await expect
      .poll(scene.copyAt(`${THERE}/configmaps/eu-labelled`), PATIENT)
      .toMatchObject({ data: { a: "1" } });
  });

  it("copy a custom resource that is served as v1 here and as v1beta1 there", async () => {
    await scene.create(THINGS_HERE, "cup", {
      apiVersion: "example.com/v1",
      kind: "Thing",
      spec: { value: "blue" },
    });
    await expect
      .poll(scene.copyAt(`${THINGS_THERE}/eu-cup`), PATIENT)
      .toMatchObject({ spec: { value: "blue" } });
    await scene.remove(`${THINGS_HERE}/cup`);
    await expect.poll(scene.copyAt(`${THINGS_THERE}/eu-cup`), PATIENT).toBeUndefined();
  });

  it("copy a Secret, and none of its values is in a queue, a log or the relay's state", async () => {
    const [first, second] = [1, 2].map(() => `c4n4ry${randomBytes(9).toString("hex")}`);
    await scene.create(`${HERE}/secrets`, "login", { stringData: { password: first } });
    const inBase64 = (text = ""): string => Buffer.from(text).toString("base64");
    await expect
      .poll(scene.copyAt(`${THERE}/secrets/eu-login`), PATIENT)
      .toMatchObject({ data: { password: inBase64(first) } });
    await scene.patch(`${HERE}/secrets/login`, { stringData: { password: second } });
    await expect
      .poll(scene.copyAt(`${THERE}/secrets/eu-login`), PATIENT)
      .toMatchObject({ data: { password: inBase64(second) } });
    const { tap, queues } = world;
    for (const queue of ["changes", "transfers"]) {
      const bodies = tap.sentTo(queues[queue] ?? "");
      expect(bodies.filter((body) => body.includes('"login"'))).not.toHaveLength(0);
    }
    const evidence = [
      ...tap.heard,
      ...readFolder(join(world.folder, "relay-state")),
      { from: "functions", bytes: Buffer.from(world.functionLines.join("\n")) },
      { from: "relay", bytes: Buffer.from(world.relay.output()) },
    ];
    for (const canary of [first, second]) {
      expect(findCanary(canary ?? "", evidence)).toEqual([]);
    }
  });
});
