import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toResourcePath } from "../../../adapters/kubernetes/api/path.ts";
import { builtinCatalog } from "../../../core/references/builtin.ts";
import { findResource } from "../../../core/references/find-resource.ts";
import { createTransfer } from "../../../functions/transfer/transfer.ts";
import type { KubernetesObject } from "../../../events/change.ts";
import {
  createNamespace,
  startMirrorWorld,
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
    world = await startMirrorWorld();
    await createNamespace(world.source, "shop");
    await createNamespace(world.target, "shop");
  });

  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
  });

  it.each(CASES)("is replaced if it is one of %s", async (resource, first, second) => {
    const entry = findResource(builtinCatalog(), resource);
    if (entry === undefined) throw new Error(resource);
    const { group, version, resource: plural, kind, namespaced } = entry;
    const type = { group, version, resource: plural, kind, namespaced };
    const name = "replaced";
    const path = toResourcePath({ ...type, namespace: namespaced ? "shop" : null, name });
    const apiVersion = group === "" ? version : `${group}/${version}`;
    const rule = toMirrorRule("mirror-shop", { on: { resource } });
    const mirror = async (fields: Json): Promise<void> => {
      const object = await world.source.request<KubernetesObject>({
        method: "POST",
        path: path.slice(0, -name.length - 1),
        body: { apiVersion, kind, metadata: { name }, ...fields },
      });
      const message = toTransferMessage(world, rule.id, toMirroredObject(type, object), "modified");
      await deliver(createTransfer(toTransferDeps(world, [rule])), message);
    };
    await mirror(first);
    expect(await world.target.request({ method: "GET", path })).toMatchObject(first);
    await world.source.request({ method: "DELETE", path });
    await mirror(second);
    expect(await world.target.request({ method: "GET", path })).toMatchObject(second);
  });
});
