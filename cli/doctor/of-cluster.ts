import { readClusterUid } from "../../adapters/kubernetes/api/cluster-uid.ts";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import type { Pipeline } from "../../core/pipeline/pipeline.ts";
import { hasSources, viewFromUid } from "../../core/pipeline/source-view.ts";
import type { Check } from "./finding.ts";

/** A check of the pipeline as it is for the changes of the client's cluster. */
export function ofCluster(
  client: KubernetesClient,
  pipeline: Pipeline,
  check: (view: Pipeline) => Check,
): Check {
  if (!hasSources(pipeline)) return check(pipeline);
  return async (signal) =>
    check(viewFromUid(pipeline, await readClusterUid(client, signal)))(signal);
}
