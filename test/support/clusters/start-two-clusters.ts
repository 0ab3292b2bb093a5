import { startRemediationWorld, type RemediationWorld } from "../functions/remediation-world.ts";
import { startTargetCluster, type TargetCluster } from "./target-cluster.ts";

/** The cluster in which Kubemend is installed, and another one, of an older minor version. */
export type TwoClusters = AsyncDisposable & {
  readonly world: RemediationWorld;
  readonly backup: TargetCluster;
  /** The same world, but objects are created and read in the other cluster. */
  readonly there: RemediationWorld;
};

export async function startTwoClusters(): Promise<TwoClusters> {
  const [world, backup] = await Promise.all([
    startRemediationWorld(),
    startTargetCluster("1.33.13"),
  ]);
  return {
    world,
    backup,
    there: { ...world, admin: backup.admin },
    async [Symbol.asyncDispose]() {
      await backup[Symbol.asyncDispose]();
      await world.stop();
    },
  };
}
