import type { KubernetesObject, ResourceType } from "../../../events/change.ts";
import type { ChangeOrigin } from "../../../core/changes/to-change-message.ts";

export const CONFIG_MAPS: ResourceType = {
  group: "",
  version: "v1",
  resource: "configmaps",
  kind: "ConfigMap",
  namespaced: true,
};

export const ORIGIN: ChangeOrigin = {
  cluster: { name: "test", uid: "cluster-uid" },
  watch: "configmaps-0123456789ab",
  pipeline: "pipeline-digest",
  rules: { "a-rule": "rule-digest" },
  resource: CONFIG_MAPS,
};

/** A ConfigMap as the API server would send it. */
export function configMap(
  name: string,
  resourceVersion: string,
  fields: { readonly uid?: string; readonly data?: Readonly<Record<string, string>> } = {},
): KubernetesObject {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace: "default", uid: fields.uid ?? `uid-${name}`, resourceVersion },
    data: fields.data ?? {},
  };
}
