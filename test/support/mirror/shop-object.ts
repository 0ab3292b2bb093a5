import { toResourcePath } from "../../../adapters/kubernetes/api/path.ts";
import { builtinCatalog } from "../../../core/references/builtin.ts";
import { findResource } from "../../../core/references/find-resource.ts";
import type { KubernetesObject, ResourceType } from "../../../events/change.ts";
import { createTransfer } from "../../../functions/transfer/transfer.ts";
import {
  createNamespace,
  startMirrorWorld,
  toMirrorRule,
  toTransferDeps,
  type Json,
  type MirrorWorld,
} from "./mirror-world.ts";
import {
  deliver,
  toMirroredObject,
  toTransferMessage,
  type Delivered,
} from "./transfer-message.ts";

/** An object of any resource that Kubemend knows, which a rule of its own mirrors; in the namespace `shop` if it has one. */
export type ShopObject = {
  /** The path in both clusters. */
  readonly path: string;
  /** Creates the object in the source. */
  readonly create: (fields: Json) => Promise<KubernetesObject>;
  /** Gives a new process of the function the message about this state of the object. */
  readonly mirror: (object: KubernetesObject) => Promise<Delivered>;
};

/** Two clusters that have the namespace `shop`. */
export async function startShopWorld(): Promise<MirrorWorld> {
  await using stack = new AsyncDisposableStack();
  const world = stack.use(await startMirrorWorld());
  await createNamespace(world.source, "shop");
  await createNamespace(world.target, "shop");
  stack.move();
  return world;
}

export function toShopObject(
  world: MirrorWorld,
  resource: string,
  name: string,
  mirror: Json = {},
): ShopObject {
  const entry = findResource(builtinCatalog(), resource);
  if (entry === undefined) throw new Error(resource);
  const { group, version, resource: plural, kind, namespaced } = entry;
  const type: ResourceType = { group, version, resource: plural, kind, namespaced };
  const path = toResourcePath({ ...type, namespace: namespaced ? "shop" : null, name });
  const apiVersion = group === "" ? version : `${group}/${version}`;
  const rule = toMirrorRule("mirror-shop", { on: { resource }, mirror });
  return {
    path,
    create: (fields) =>
      world.source.request({
        method: "POST",
        path: path.slice(0, -name.length - 1),
        body: { apiVersion, kind, metadata: { name }, ...fields },
      }),
    mirror(object) {
      const message = toTransferMessage(world, rule.id, toMirroredObject(type, object), "modified");
      return deliver(createTransfer(toTransferDeps(world, [rule])), message);
    },
  };
}
