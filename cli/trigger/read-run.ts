import { readClusterUid } from "../../adapters/kubernetes/api/cluster-uid.ts";
import { createDiscovery } from "../../adapters/kubernetes/api/discovery.ts";
import { getObject } from "../../adapters/kubernetes/api/objects.ts";
import { readUserName } from "../../adapters/kubernetes/api/user-name.ts";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { KubemendError } from "../../core/errors.ts";
import type { Pipeline, Rule } from "../../core/pipeline/pipeline.ts";
import { createRedact } from "../../core/redaction/redactor.ts";
import { readReferences } from "../../functions/normalize/read-references.ts";
import { misuse } from "../terminal/misuse.ts";
import { parseObject } from "./parse-object.ts";
import type { ManualRun } from "./to-manual-request.ts";

/** Reads everything that a manual run needs from the cluster. Throws if the object does not exist, or is not one of the rule's. */
export async function readRun(
  input: {
    readonly client: KubernetesClient;
    /** As the user named it. */
    readonly object: string;
    readonly pipeline: Pipeline;
    readonly rule: Rule;
  },
  signal: AbortSignal,
): Promise<ManualRun> {
  const { client, pipeline, rule } = input;
  const discovery = createDiscovery({ client, now: () => performance.now() });
  const target = parseObject(input.object, await discovery.catalog(signal));
  const { group, version, resource, kind, namespace } = target;
  const name = group === "" ? resource : `${resource}.${group}`;
  if (name !== rule.on.resource) {
    throw misuse(`the rule is about ${rule.on.resource}, but ${input.object} is one of ${name}`);
  }
  const whole = await getObject(client, target, signal);
  if (whole === null) {
    throw new KubemendError("NotFound", `${input.object} does not exist`, { retryable: false });
  }
  const { object } = createRedact(pipeline)(whole, target);
  return {
    pipeline,
    rule,
    object,
    resource: { group, version, resource, kind, namespaced: namespace !== null },
    references: await readReferences(object, discovery, signal),
    clusterUid: await readClusterUid(client, signal),
    user: await readUserName(client, signal),
    now: new Date().toISOString(),
  };
}
