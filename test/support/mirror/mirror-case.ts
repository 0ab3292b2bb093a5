import * as v from "valibot";
import {
  mirrorSchema,
  type MirrorParameters,
} from "../../../core/actions/mirror/mirror-parameters.ts";
import type { MirrorContext } from "../../../core/mirror/mirror-context.ts";
import type { KubernetesObject, ResourceType } from "../../../events/change.ts";

export const SOURCE_CLUSTER = { name: "prod-eu-1", uid: "uid-of-cluster-a" } as const;

export const CONFIG_MAPS: ResourceType = {
  group: "",
  version: "v1",
  resource: "configmaps",
  kind: "ConfigMap",
  namespaced: true,
};

/** Parameters as a rule writes them, with the defaults. */
export function toMirror(written: Readonly<Record<string, unknown>> = {}): MirrorParameters {
  return v.parse(mirrorSchema, { to: ["backup-eu"], ...written });
}

export function toContext(
  written: Readonly<Record<string, unknown>> = {},
  context: Partial<MirrorContext> = {},
): MirrorContext {
  const { type = CONFIG_MAPS } = context;
  const resource = type.group === "" ? type.resource : `${type.resource}.${type.group}`;
  const rule = { id: "mirror-it", on: { resource, changes: [] }, then: [] } as const;
  const mirror = toMirror(written);
  return { rule, mirror, cluster: SOURCE_CLUSTER, type, owners: new Map(), ...context };
}

/** A source as its API server answers. */
export function toSource(fields: Readonly<Record<string, unknown>> = {}): KubernetesObject {
  const { metadata = {}, ...others } = fields as { readonly metadata?: object };
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    ...others,
    metadata: {
      name: "settings",
      namespace: "shop",
      uid: "uid-of-source",
      resourceVersion: "1042",
      ...metadata,
    },
  };
}
