import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import type { KubernetesObject } from "../../../events/change.ts";
import type { ChangeKind } from "../../../events/ids.ts";
import { createTransfer } from "../../../functions/transfer/transfer.ts";
import { CONFIG_MAPS } from "../../support/mirror/mirror-case.ts";
import {
  find,
  toMirrorRule,
  toTransferDeps,
  type Json,
  type MirrorWorld,
} from "../../support/mirror/mirror-world.ts";
import {
  deliver,
  toMirroredObject,
  toTransferMessage,
  type Delivered,
} from "../../support/mirror/transfer-message.ts";
import { createConfigMap, patchConfigMap, SHOP } from "./config-maps.ts";

export const RECORDS = "/apis/kubemend.dev/v1alpha1/namespaces/kubemend/remediations";

type ProblemRecord = {
  readonly spec: { readonly trigger: { readonly uid: string } };
  readonly status: { readonly phase: string; readonly reason: string };
};

/** ConfigMaps of the namespace `shop`, which the rule `mirror-shop` mirrors. */
export type MirrorScene = {
  /** Creates a source. */
  readonly create: (name: string, data: Json, metadata?: Json) => Promise<KubernetesObject>;
  /** Creates an object in the target that is no copy. */
  readonly createForeign: (name: string, data?: Json) => Promise<KubernetesObject>;
  readonly change: (
    name: string,
    data: Json,
    client?: KubernetesClient,
  ) => Promise<KubernetesObject>;
  readonly remove: (name: string, client?: KubernetesClient) => Promise<unknown>;
  readonly findCopy: (name: string) => Promise<Json | undefined>;
  /** Gives a new process of the function the message about a change. */
  readonly run: (
    object: KubernetesObject,
    kind: ChangeKind,
    mirror?: Json,
    rule?: Json,
    options?: Parameters<typeof deliver>[2],
    deps?: Parameters<typeof toTransferDeps>[2],
  ) => Promise<Delivered>;
  /** The record about a problem with the copy of this object. */
  readonly findRecord: (object: KubernetesObject) => Promise<ProblemRecord | undefined>;
};

export function createMirrorScene(world: MirrorWorld): MirrorScene {
  return {
    create: (name, data, metadata = {}) =>
      createConfigMap(world.source, SHOP, { metadata: { name, ...metadata }, data }),
    createForeign: (name, data = { theirs: "1" }) =>
      createConfigMap(world.target, SHOP, { metadata: { name }, data }),
    change: (name, data, client = world.source) => patchConfigMap(client, `${SHOP}/${name}`, data),
    remove: (name, client = world.source) =>
      client.request({ method: "DELETE", path: `${SHOP}/${name}` }),
    findCopy: (name) => find(world.target, `${SHOP}/${name}`),
    run(object, kind, mirror = {}, rule = {}, options = {}, deps = {}) {
      const own = toMirrorRule("mirror-shop", { on: { resource: "configmaps" }, mirror, ...rule });
      const message = toTransferMessage(world, own.id, toMirroredObject(CONFIG_MAPS, object), kind);
      return deliver(createTransfer(toTransferDeps(world, [own], deps)), message, options);
    },
    async findRecord(object) {
      const { items } = await world.source.request<{ readonly items: readonly ProblemRecord[] }>({
        method: "GET",
        path: RECORDS,
      });
      return items.find(({ spec }) => spec.trigger.uid === object.metadata.uid);
    },
  };
}
