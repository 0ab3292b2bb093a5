import { describeError, isKubemendError } from "../../core/errors.ts";
import { readField } from "../../core/actions/fields.ts";
import type { FunctionLogger } from "../../adapters/lambda/telemetry.ts";
import { toResourcePath } from "../../adapters/kubernetes/path.ts";
import type { KubernetesClient } from "../../adapters/kubernetes/client.ts";

/** Asks once which cluster the function is connected to. */
export type ClusterIdentity = {
  /** The uid of kube-system; undefined where this identity may not read it. Throws only temporary errors. */
  readonly uid: (signal: AbortSignal) => Promise<string | undefined>;
};

const KUBE_SYSTEM = toResourcePath({
  group: "",
  version: "v1",
  resource: "namespaces",
  name: "kube-system",
});

/** The uid is read once and kept; without the right to, the check is left out and said so once. */
export function createClusterIdentity(deps: {
  readonly client: KubernetesClient;
  readonly logger: Pick<FunctionLogger, "warn">;
}): ClusterIdentity {
  let known: { readonly uid: string | undefined } | undefined;
  return {
    async uid(signal) {
      if (known !== undefined) return known.uid;
      try {
        const path = KUBE_SYSTEM;
        const namespace = await deps.client.request({ method: "GET", path, signal });
        const uid = readField(namespace, "metadata", "uid");
        known = { uid: typeof uid === "string" ? uid : undefined };
      } catch (error) {
        if (!isKubemendError(error, "Forbidden")) throw error;
        const reason = describeError(error);
        deps.logger.warn("messages of other clusters are not told apart", { reason });
        known = { uid: undefined };
      }
      return known.uid;
    },
  };
}
