import { readField, readTextMap } from "../../json/read-json.ts";
import { findBond } from "../../mirror/bound-to-cluster.ts";

/** ConfigMaps that a controller writes into each namespace: a copy is taken, or is written over. */
const WRITTEN: ReadonlySet<unknown> = new Set(["istio-ca-root-cert", "openshift-service-ca.crt"]);

/**
 * Why each cluster has such an object of its own, as far as its metadata says: a selection by resource or labels does not mean it. Of items
 * of any list, with or without the rest of the object. Total on any JSON.
 */
export function findOwnOfCluster(item: unknown, resource: string): string | undefined {
  const name = readField(item, "metadata", "name");
  switch (resource) {
    case "configmaps":
      if (WRITTEN.has(name)) return `a controller keeps ${String(name)} in each namespace`;
      break;
    case "serviceaccounts":
      if (name === "default") return "each namespace has a ServiceAccount default of its own";
      break;
    case "secrets":
      if (isToken(item, name)) return "it is a credential of its own cluster";
      break;
    default:
  }
  return findBond(item, resource);
}

/** The type of a Secret is no metadata. */
function isToken(item: unknown, name: unknown): boolean {
  const annotations = readTextMap(readField(item, "metadata", "annotations"));
  return (
    Object.hasOwn(annotations, "kubernetes.io/service-account.name") ||
    (String(name).startsWith("bootstrap-token-") &&
      readField(item, "metadata", "namespace") === "kube-system")
  );
}
