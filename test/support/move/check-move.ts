import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";

/*
 * The promises that hold at any moment of a move, checked on both API servers with none of the move's own code.
 */

type Live = {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly finalizers?: readonly string[];
    readonly deletionTimestamp?: string;
    readonly ownerReferences?: readonly { readonly uid: string; readonly name: string }[];
  };
  readonly spec?: { readonly paused?: boolean };
};

/** The state of both sides at one moment. */
export type Sides = {
  readonly source: ReadonlyMap<string, Live>;
  readonly target: ReadonlyMap<string, Live>;
};

const PLURALS = ["clusters", "machinedeployments", "machinesets", "machines", "machinetemplates"];

export async function readSides(
  clients: { readonly source: KubernetesClient; readonly target: KubernetesClient },
  namespace: string,
): Promise<Sides> {
  const [source, target] = await Promise.all([
    readSide(clients.source, namespace),
    readSide(clients.target, namespace),
  ]);
  return { source, target };
}

async function readSide(
  client: KubernetesClient,
  namespace: string,
): Promise<ReadonlyMap<string, Live>> {
  const paths = [
    ...PLURALS.map((plural) => `/apis/cluster.x-k8s.io/v1beta1/namespaces/${namespace}/${plural}`),
    `/api/v1/namespaces/${namespace}/secrets`,
  ];
  const lists = await Promise.all(
    paths.map(async (path) => {
      const list = await client.request<{ items: readonly Live[] }>({ method: "GET", path });
      const plural = path.split("/").at(-1) ?? "";
      return list.items.map((item) => [`${plural}/${item.metadata.name}`, item] as const);
    }),
  );
  return new Map(lists.flat());
}

/** The promises that are broken. `before` are the sources before the move. */
export function findBroken(
  before: ReadonlyMap<string, Live>,
  { source, target }: Sides,
): readonly string[] {
  const broken: string[] = [];
  for (const [key, original] of before) {
    const [old, copy] = [source.get(key), target.get(key)];
    const isInSource = old?.metadata.uid === original.metadata.uid;
    if (!isInSource && copy === undefined) broken.push(`${key} is lost`);
    if (!isInSource && copy?.metadata.deletionTimestamp !== undefined) {
      broken.push(`${key} is being deleted on its only side`);
    }
    if (isInSource && old.metadata.deletionTimestamp === undefined) {
      broken.push(...compareFinalizers(`${key} in the source`, original, old));
    } else if (isInSource && copy === undefined) {
      broken.push(`${key} is being deleted in the source, and the target does not hold it`);
    }
    if (copy !== undefined && copy.metadata.deletionTimestamp === undefined) {
      broken.push(...compareFinalizers(`${key} in the target`, original, copy));
      for (const owner of copy.metadata.ownerReferences ?? []) {
        const isThere = [...target.values()].some(({ metadata }) => metadata.uid === owner.uid);
        if (!isThere)
          broken.push(`${key} in the target is owned by ${owner.name}, which is not there`);
      }
    }
    const active = [old, copy].filter((one) => one !== undefined && isActive(one));
    if (key.startsWith("clusters/") && active.length > 1)
      broken.push(`${key} is active on both sides`);
  }
  return broken;
}

function isActive({ metadata, spec }: Live): boolean {
  return metadata.deletionTimestamp === undefined && spec?.paused !== true;
}

function compareFinalizers(what: string, original: Live, live: Live): readonly string[] {
  const [wanted, found] = [original, live].map((one) => (one.metadata.finalizers ?? []).join());
  return wanted === found ? [] : [`${what} has the finalizers ${found}, and had ${wanted}`];
}
