import type { LeftReference } from "../../../events/moves/move.ts";
import { readField, readTextMap } from "../../json/read-json.ts";
import { nameObject, nameResource, type SetObject } from "../set-object.ts";

const CLUSTER_LABEL = "cluster.x-k8s.io/cluster-name";
/** Secrets that Cluster API finds by the name of their Cluster. */
const SECRET_NAME = /^(.+)-(?:ca|etcd|sa|proxy|kubeconfig)$/;

/** The Cluster of Cluster API that an object belongs to by its label or name, without being owned by it. Total on any JSON. */
export function readClusterName(item: unknown, resource: string): string | undefined {
  const label = readTextMap(readField(item, "metadata", "labels"))[CLUSTER_LABEL];
  if (label !== undefined || resource !== "secrets") return label;
  return SECRET_NAME.exec(String(readField(item, "metadata", "name")))?.[1];
}

/** An object that belongs to one that moves, and that nothing in it says, with the selection that has it move, too. */
export type UnownedObject = LeftReference & { readonly selection: string };

/**
 * Objects of Clusters that move, without an owner: such as the certificate authority that a user has brought. In the target, Cluster API
 * would make a new one, which the nodes of the Cluster do not know.
 */
export function findUnowned(
  members: readonly SetObject[],
  related: readonly SetObject[],
): readonly UnownedObject[] {
  const moving = new Set(members.map(({ uid }) => uid));
  const clusters = members.filter((one) => nameResource(one) === "clusters.cluster.x-k8s.io");
  return clusters.flatMap((cluster) =>
    related
      .filter(
        ({ uid, namespace, clusterName }) =>
          clusterName === cluster.name && namespace === cluster.namespace && !moving.has(uid),
      )
      .map((object) => ({
        object: nameObject(cluster),
        field: `name or label ${CLUSTER_LABEL}`,
        refersTo: nameObject(object),
        selection: `${nameResource(object)}/${object.name}`,
      })),
  );
}
