import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../../events/change.ts";
import { createExecutor } from "../../../adapters/kubernetes/remediation/executor.ts";
import { readField } from "../../../core/json/read-json.ts";
import { findManager } from "../../../core/operations/managed-fields.ts";
import { startShopWorld, toShopObject, type ShopObject } from "../../support/mirror/shop-object.ts";
import type { Json, MirrorWorld } from "../../support/mirror/mirror-world.ts";
import { RECORDS } from "./mirror-scene.ts";

const REPLICAS = ["spec", "replicas"];
const DEPLOYMENTS = {
  group: "apps",
  version: "v1",
  resource: "deployments",
  kind: "Deployment",
  namespaced: true,
} as const;
const WITHOUT_REPLICAS = { fields: { set: { "spec.replicas": 0 } } };
const REPORTED = { ...WITHOUT_REPLICAS, drift: "report" };

describe("a copy without replicas that an action scales", () => {
  let world: MirrorWorld;

  beforeAll(async () => {
    world = await startShopWorld();
  });

  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
  });

  /** A mirrored Deployment that has two replicas in the source, and none in the target. */
  async function mirror(name: string, parameters: Json): Promise<ShopObject> {
    const object = toShopObject(world, "deployments.apps", name, parameters);
    const labels = { app: name };
    const containers = [{ name: "web", image: "registry.example/web:1" }];
    const template = { metadata: { labels }, spec: { containers } };
    const spec = { replicas: 2, selector: { matchLabels: labels }, template };
    await object.mirror(await object.create({ spec }));
    return object;
  }

  const read = ({ path }: ShopObject): Promise<KubernetesObject> =>
    world.target.request({ method: "GET", path });

  /** Scales the copy as the action does, through its subresource. */
  async function scale(object: ShopObject, name: string, to: number): Promise<void> {
    const { metadata, ...copy } = await read(object);
    const client = world.target;
    const executor = createExecutor({
      client,
      pipeline: { redact: [] },
      sendAlert: async () => undefined,
    });
    const operation = {
      type: "patch",
      name: "scale",
      target: { ...DEPLOYMENTS, namespace: "shop", name },
      uid: metadata.uid,
      changes: [{ path: REPLICAS, from: readField(copy, ...REPLICAS), to }],
      subresource: "scale",
    } as const;
    const context = { record: RECORD, now: new Date().toISOString(), dryRun: false };
    expect(await executor.execute(operation, context as never)).toMatchObject({ outcome: "done" });
  }

  /** Changes the image of the source, and gives transfer the message about it. */
  async function release(object: ShopObject, image: string): Promise<readonly string[]> {
    const body = { spec: { template: { spec: { containers: [{ name: "web", image }] } } } };
    const changed = await world.source.request<KubernetesObject>({
      method: "PATCH",
      path: object.path,
      contentType: "application/strategic-merge-patch+json",
      body,
    });
    return (await object.mirror(changed)).counts;
  }

  const show = async (object: ShopObject): Promise<readonly unknown[]> => {
    const copy = await read(object);
    const containers = readField(copy, "spec", "template", "spec", "containers");
    const [container] = containers as readonly { readonly image: string }[];
    return [readField(copy, ...REPLICAS), container?.image];
  };

  it("is managed by its mirror until then, which sets the replicas back with the next change", async () => {
    const object = await mirror("repaired", WITHOUT_REPLICAS);
    expect(findManager(await read(object), REPLICAS)).toBe(
      "the mirror mirror-shop (without drift: report)",
    );
    await scale(object, "repaired", 3);
    expect(await show(object)).toEqual([3, "registry.example/web:1"]);
    expect(await release(object, "registry.example/web:2")).toContain("Mirrored");
    expect(await show(object)).toEqual([0, "registry.example/web:2"]);
    expect(findManager(await read(object), REPLICAS)).toMatch(/^the mirror mirror-shop/);
  });

  it("keeps its replicas through all later changes if the mirror only reports drift, until it is scaled back", async () => {
    const object = await mirror("kept", REPORTED);
    expect(findManager(await read(object), REPLICAS)).toBeUndefined();
    await scale(object, "kept", 3);
    for (const image of ["registry.example/web:2", "registry.example/web:3"]) {
      await release(object, image);
      expect(await show(object)).toEqual([3, image]);
    }
    expect(findManager(await read(object), REPLICAS)).toBeUndefined();
    await scale(object, "kept", 0);
    await scale(object, "kept", 4);
    await release(object, "registry.example/web:4");
    expect(await show(object)).toEqual([4, "registry.example/web:4"]);
    const { items } = await world.source.request<{ readonly items: readonly unknown[] }>({
      method: "GET",
      path: RECORDS,
    });
    expect(items).toEqual([]);
  });
});

/** The record of the action, as far as a change without marks needs it. */
const RECORD = {
  metadata: { name: "record", namespace: "kubemend", uid: "record-uid" },
  spec: { mode: "enforce" },
};
