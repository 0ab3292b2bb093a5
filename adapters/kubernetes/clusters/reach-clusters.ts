import { toOperationCluster } from "../../../core/operations/describe-operation.ts";
import type { Discovery } from "../api/discovery.ts";
import type { ReadNamespace } from "../api/namespaces.ts";
import type { KubernetesClient } from "../http/client.ts";
import { createExecutor, type Executor, type ExecutorDeps } from "../remediation/executor.ts";
import { nameCluster, toClusterError } from "./cluster-error.ts";

/** Connects another cluster of the pipeline by its name. */
export type OpenOther = (name: string, signal: AbortSignal) => Promise<OtherClient>;

export type OtherClient = {
  readonly client: KubernetesClient;
  readonly discovery: Discovery;
  readonly readNamespace: ReadNamespace;
};

/**
 * The executor for addresses in any cluster of the pipeline: an operation is carried out in the cluster that its address names. An error
 * names the cluster in which it happened. A cluster that cannot be reached is a temporary failure: somebody can change that.
 */
export function reachClusters(deps: ExecutorDeps, openOther: OpenOther): Executor {
  const own = createExecutor(deps);
  const executors = new Map<string, Executor>();
  const open = async (
    cluster: string,
    signal: AbortSignal = new AbortController().signal,
  ): Promise<Executor> => {
    const known = executors.get(cluster);
    if (known !== undefined) return known;
    const { client, discovery, readNamespace } = await openOther(cluster, signal);
    const executor: Executor = {
      ...createExecutor({ ...deps, client, readNamespace, readShared: undefined }),
      readCatalog: async (_cluster, of, isStale) =>
        isStale === true ? discovery.refresh(of) : discovery.catalog(of),
    };
    executors.set(cluster, executor);
    return executor;
  };
  /** Does the work in the cluster of that name, or in the pipeline's own. */
  const at = async <T>(
    cluster: string | undefined,
    signal: AbortSignal | undefined,
    work: (executor: Executor) => Promise<T>,
  ): Promise<T> => {
    if (cluster === undefined) return work(own);
    try {
      return await work(await open(cluster, signal));
    } catch (error) {
      throw toClusterError(error, cluster);
    }
  };
  return {
    read: (operation, signal) =>
      at(operation.target.cluster, signal, (executor) => executor.read(operation, signal)),
    scan: (collection, visit, signal) =>
      at(collection.cluster, signal, (executor) => executor.scan(collection, visit, signal)),
    readUses: (target, signal) =>
      at(target.cluster, signal, (executor) => executor.readUses(target, signal)),
    readNamespace: (name, signal, cluster) =>
      at(cluster, signal, (executor) => executor.readNamespace(name, signal)),
    readCatalog: (cluster, signal, isStale) =>
      at(cluster, signal, (executor) => executor.readCatalog(cluster, signal, isStale)),
    async execute(operation, context, signal) {
      const cluster = toOperationCluster(operation);
      const outcome = await at(cluster, signal, (executor) =>
        executor.execute(operation, context, signal),
      );
      if (cluster === undefined) return outcome;
      switch (outcome.outcome) {
        case "done":
          return outcome.object === undefined
            ? outcome
            : { ...outcome, object: { ...outcome.object, cluster } };
        case "failed":
        case "wait":
          return { ...outcome, message: nameCluster(outcome.message, cluster) };
      }
    },
  };
}
