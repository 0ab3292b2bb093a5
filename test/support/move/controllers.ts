import { setTimeout as sleep } from "node:timers/promises";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { isKubemendError } from "../../../core/errors.ts";
import { GROUP, toPath, VERSION } from "./cluster-api.ts";

/*
 * Two controllers as they run in both clusters while a hierarchy moves, by polling.
 */

type Owner = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller: boolean;
  readonly blockOwnerDeletion: boolean;
};
type Live = {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly finalizers?: readonly string[];
    readonly deletionTimestamp?: string;
    readonly ownerReferences?: readonly Owner[];
  };
  readonly spec?: { readonly paused?: boolean; readonly clusterName?: string };
};
/** The work of a controller so far. */
type Done = {
  finalizersAdded: number;
  /** Refused: the object was being deleted. */
  finalizersRefused: number;
  ownersWritten: number;
  childrenCreated: number;
};

export type Controller = AsyncDisposable & { readonly done: Readonly<Done> };

export const ADDED_FINALIZER = "controller.example.com/late";
const INTERVAL_MS = 20;
const MERGE = "application/merge-patch+json";

/** Adds its finalizer to all Machines and MachineSets, whether they are paused, or are being deleted, or not. */
export function startFinalizerController(client: KubernetesClient, namespace: string): Controller {
  return startController(async (done) => {
    for (const plural of ["machines", "machinesets"]) {
      for (const { metadata } of await list(client, namespace, plural)) {
        const { name, uid, finalizers = [] } = metadata;
        if (finalizers.includes(ADDED_FINALIZER)) continue;
        const next = { metadata: { uid, finalizers: [...finalizers, ADDED_FINALIZER] } };
        const isAdded = await patch(client, toPath(plural, namespace, name), next);
        if (isAdded) done.finalizersAdded += 1;
        else done.finalizersRefused += 1;
      }
    }
  });
}

/**
 * Sets the owners of Machines and MachineSets to the objects of their names in this cluster, and creates a Machine that is missing. It
 * leaves the objects of a paused Cluster alone, as the controllers of Cluster API do.
 */
export function startOwnerController(
  client: KubernetesClient,
  namespace: string,
  machine: string,
): Controller {
  return startController(async (done) => {
    const [cluster] = await list(client, namespace, "clusters");
    if (cluster === undefined || cluster.spec?.paused === true) return;
    if (cluster.metadata.deletionTimestamp !== undefined) return;
    const sets = await list(client, namespace, "machinesets");
    const [deployment] = await list(client, namespace, "machinedeployments");
    const [set] = sets;
    if (set === undefined || deployment === undefined) return;
    const machines = await list(client, namespace, "machines");
    const owned = [
      ...sets.map((one) => ["machinesets", one, toOwner("MachineDeployment", deployment)] as const),
      ...machines.map((one) => ["machines", one, toOwner("MachineSet", set)] as const),
    ];
    for (const [plural, { metadata }, owner] of owned) {
      const [found, ...others] = metadata.ownerReferences ?? [];
      const isRight = others.length === 0 && found?.uid === owner.uid && found.controller;
      if (isRight || metadata.deletionTimestamp !== undefined) continue;
      const next = { metadata: { uid: metadata.uid, ownerReferences: [owner] } };
      if (await patch(client, toPath(plural, namespace, metadata.name), next))
        done.ownersWritten += 1;
    }
    if (machines.some(({ metadata }) => metadata.name === machine)) return;
    const metadata = { name: machine, ownerReferences: [toOwner("MachineSet", set)] };
    const body = { apiVersion: `${GROUP}/${VERSION}`, kind: "Machine", metadata };
    const path = toPath("machines", namespace);
    await ignoreRefusal(client.request({ method: "POST", path, body }));
    done.childrenCreated += 1;
  });
}

function startController(reconcile: (done: Done) => Promise<void>): Controller {
  const done: Done = {
    finalizersAdded: 0,
    finalizersRefused: 0,
    ownersWritten: 0,
    childrenCreated: 0,
  };
  let isStopped = false;
  const run = async (): Promise<void> => {
    while (!isStopped) {
      await reconcile(done);
      await sleep(INTERVAL_MS);
    }
  };
  const running = run();
  return {
    done,
    async [Symbol.asyncDispose]() {
      isStopped = true;
      await running;
    },
  };
}

async function list(
  client: KubernetesClient,
  namespace: string,
  plural: string,
): Promise<readonly Live[]> {
  const path = toPath(plural, namespace);
  return (await client.request<{ items: readonly Live[] }>({ method: "GET", path })).items;
}

function patch(client: KubernetesClient, path: string, body: object): Promise<boolean> {
  return ignoreRefusal(client.request({ method: "PATCH", path, contentType: MERGE, body }));
}

/** Whether the API server has done what it was asked for. */
async function ignoreRefusal(sent: Promise<unknown>): Promise<boolean> {
  try {
    await sent;
    return true;
  } catch (error) {
    if (isKubemendError(error) && !error.retryable) return false;
    if (isKubemendError(error, "Conflict")) return false;
    throw error;
  }
}

function toOwner(kind: string, { metadata: { name, uid } }: Live): Owner {
  const apiVersion = `${GROUP}/${VERSION}`;
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}
