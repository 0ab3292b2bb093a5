import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Json, MirrorWorld } from "../../support/mirror/mirror-world.ts";
import { startShopWorld, toShopObject } from "../../support/mirror/shop-object.ts";

const LABELS = { app: "web" };
const TEMPLATE = {
  metadata: { labels: LABELS },
  spec: { containers: [{ name: "main", image: "web" }] },
};
const toRole = (name: string): Json => ({
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
});
const toStatefulSet = (serviceName: string): Json => ({
  spec: { serviceName, selector: { matchLabels: LABELS }, template: TEMPLATE },
});

/** Fields of an object, and of another one of its name that no API server makes of it. */
const CASES: readonly (readonly [resource: string, first: Json, second: Json])[] = [
  ["configmaps", { data: { a: "1" }, immutable: true }, { data: { a: "2" }, immutable: true }],
  ["secrets", { data: { a: "MQ==" }, immutable: true }, { data: { a: "Mg==" }, immutable: true }],
  ["rolebindings.rbac.authorization.k8s.io", toRole("one"), toRole("two")],
  ["statefulsets.apps", toStatefulSet("one"), toStatefulSet("two")],
  ["storageclasses.storage.k8s.io", { provisioner: "one" }, { provisioner: "two" }],
  ["priorityclasses.scheduling.k8s.io", { value: 1 }, { value: 2 }],
];

describe("the copy of a source that was deleted and created with other fields that cannot be changed", () => {
  let world: MirrorWorld;

  beforeAll(async () => {
    world = await startShopWorld();
  });

  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
  });

  it.each(CASES)("is replaced if it is one of %s", async (resource, first, second) => {
    const object = toShopObject(world, resource, "replaced");
    const { path } = object;
    const mirror = async (fields: Json) => object.mirror(await object.create(fields));
    await mirror(first);
    expect(await world.target.request({ method: "GET", path })).toMatchObject(first);
    await world.source.request({ method: "DELETE", path });
    await mirror(second);
    expect(await world.target.request({ method: "GET", path })).toMatchObject(second);
  });
});
