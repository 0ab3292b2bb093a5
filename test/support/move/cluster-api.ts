import { randomUUID } from "node:crypto";
import type { KubernetesObject } from "../../../events/change.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { applyObject } from "../../../sandbox/access/apply-object.ts";
import { poll } from "../../../sandbox/host/poll.ts";

/** A group with the kinds of a hierarchy like that of Cluster API: made for the tests, with the names that Kubemend knows. */
export const GROUP = "cluster.x-k8s.io";
export const VERSION = "v1beta1";

const KINDS = [
  ["Cluster", "clusters"],
  ["MachineDeployment", "machinedeployments"],
  ["MachineSet", "machinesets"],
  ["Machine", "machines"],
  ["MachineTemplate", "machinetemplates"],
] as const;
export type HierarchyKind = (typeof KINDS)[number][0];

const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/** Installs the definitions, and resolves when their objects can be written. */
export async function installClusterApi(
  client: KubernetesClient,
  namespace = "default",
): Promise<void> {
  for (const [kind, plural] of KINDS) {
    await applyObject(client, CRDS, toDefinition(kind, plural));
  }
  for (const [, plural] of KINDS) {
    await poll({
      intervalMs: 50,
      timeoutMs: 30_000,
      toTimeout: () => new Error(`${plural} are not served`),
      ask: () =>
        client.request({ method: "GET", path: toPath(plural, namespace) }).then(
          () => true,
          () => undefined,
        ),
    });
  }
}

function toDefinition(kind: string, plural: string) {
  const open = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  const schema = {
    type: "object",
    properties: {
      spec: { ...open, properties: { paused: { type: "boolean" } } },
      status: open,
    },
  };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${GROUP}` },
    spec: {
      group: GROUP,
      scope: "Namespaced",
      names: { kind, plural, singular: kind.toLowerCase() },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: { openAPIV3Schema: schema },
        },
      ],
    },
  };
}

/** Path of a collection of the group, or of one of its objects. */
export function toPath(plural: string, namespace: string, name?: string): string {
  const collection = `/apis/${GROUP}/${VERSION}/namespaces/${namespace}/${plural}`;
  return name === undefined ? collection : `${collection}/${name}`;
}

export function toPlural(kind: HierarchyKind): string {
  return KINDS.find(([known]) => known === kind)?.[1] ?? kind;
}

type Made = KubernetesObject;

export type Hierarchy = {
  readonly namespace: string;
  readonly cluster: Made;
  /** All of it, owners first. */
  readonly objects: readonly Made[];
};

/**
 * Creates a Cluster that owns MachineDeployments with a template each, whose MachineSets own Machines, each with a finalizer and a Secret of
 * its own: five levels.
 */
export async function createHierarchy(
  client: KubernetesClient,
  {
    namespace,
    name = "web",
    deployments = 1,
    machines = 2,
    finalizers = true,
  }: {
    readonly namespace: string;
    readonly name?: string;
    readonly deployments?: number;
    /** The number of Machines of each MachineSet. */
    readonly machines?: number;
    readonly finalizers?: boolean;
  },
): Promise<Hierarchy> {
  const objects: Made[] = [];
  const create = async (kind: HierarchyKind | "Secret", body: Body): Promise<Made> => {
    const isSecret = kind === "Secret";
    const path = isSecret
      ? `/api/v1/namespaces/${namespace}/secrets`
      : toPath(toPlural(kind), namespace);
    const apiVersion = isSecret ? "v1" : `${GROUP}/${VERSION}`;
    const { owner, finalizer, ...rest } = body;
    const metadata = {
      name: body.name,
      ...(owner === undefined ? {} : { ownerReferences: [toOwner(owner)] }),
      ...(finalizer === undefined || !finalizers ? {} : { finalizers: [finalizer] }),
    };
    const { name: _name, ...fields } = rest;
    const made = await client.request<Made>({
      method: "POST",
      path,
      body: { apiVersion, kind, metadata, ...fields },
    });
    objects.push({ ...made, apiVersion, kind });
    return { ...made, apiVersion, kind };
  };
  const cluster = await create("Cluster", {
    name,
    finalizer: `cluster.${GROUP}`,
    spec: { cloudRef: { kind: "Secret", name: "cloud-account" } },
  });
  await create("Secret", { name: `${name}-kubeconfig`, owner: cluster, data: { value: "YQ==" } });
  for (let at = 1; at <= deployments; at += 1) {
    const deployment = await create("MachineDeployment", {
      name: `${name}-md-${at}`,
      owner: cluster,
      spec: {
        clusterName: name,
        templateRef: { kind: "MachineTemplate", name: `${name}-t-${at}` },
      },
    });
    await create("MachineTemplate", { name: `${name}-t-${at}`, owner: cluster, spec: {} });
    const set = await create("MachineSet", {
      name: `${name}-ms-${at}`,
      owner: deployment,
      spec: { clusterName: name },
    });
    for (let index = 1; index <= machines; index += 1) {
      const machineName = `${name}-${at}-${index}`;
      const machine = await create("Machine", {
        name: machineName,
        owner: set,
        finalizer: `machine.${GROUP}`,
        spec: { clusterName: name, providerID: `cloud:///${randomUUID()}` },
      });
      await create("Secret", { name: `${machineName}-bootstrap`, owner: machine });
    }
  }
  return { namespace, cluster, objects };
}

type Body = {
  readonly name: string;
  readonly owner?: Made;
  readonly finalizer?: string;
  readonly spec?: object;
  readonly data?: object;
};

function toOwner({ apiVersion, kind, metadata: { name, uid } }: Made) {
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}
