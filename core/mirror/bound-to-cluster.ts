import { readField, readOwn, readTextMap } from "../json/read-json.ts";

/**
 * Why an object means something only in its own cluster, so that a copy would be wrong or would be overwritten there; undefined if it may be
 * mirrored. `resource` is `secrets` or `endpointslices.discovery.k8s.io`.
 */
export function findBond(object: unknown, resource: string): string | undefined {
  const labels = readTextMap(readField(object, "metadata", "labels"));
  const annotations = readTextMap(readField(object, "metadata", "annotations"));
  switch (resource) {
    case "configmaps":
      return readField(object, "metadata", "name") === "kube-root-ca.crt"
        ? "the API server keeps kube-root-ca.crt in each namespace of its own cluster"
        : undefined;
    case "secrets":
      return BOUND_SECRETS.has(readOwn(object, "type"))
        ? `a Secret of type ${String(readOwn(object, "type"))} is a credential of its own cluster`
        : undefined;
    case "endpointslices.discovery.k8s.io":
      return labels["endpointslice.kubernetes.io/managed-by"] === "endpointslice-controller.k8s.io"
        ? "a controller makes it from the Pods of its own cluster"
        : undefined;
    case "endpoints":
      return Object.hasOwn(annotations, "endpoints.kubernetes.io/last-change-trigger-time")
        ? "a controller makes it from the Pods of its own cluster"
        : undefined;
    case "pods":
      return Object.hasOwn(annotations, "kubernetes.io/config.mirror")
        ? "it shows a static Pod of a node of its own cluster"
        : undefined;
    default:
      return undefined;
  }
}

const BOUND_SECRETS: ReadonlySet<unknown> = new Set([
  "kubernetes.io/service-account-token",
  "bootstrap.kubernetes.io/token",
]);
