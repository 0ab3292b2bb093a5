import type { Trigger } from "../../../events/request.ts";
import { toNamespaceAddress } from "../../../adapters/kubernetes/api/namespace-address.ts";
import type { Executor } from "../../../adapters/kubernetes/remediation/executor.ts";
import { readField, readTextMap } from "../../../core/json/read-json.ts";
import type { WatchSelection } from "../../../core/pipeline/pipeline.ts";

/** The live labels of the trigger's namespace, if the rule selects namespaces by their labels. One that is gone has none. */
export async function readNamespaceLabels(
  { namespaceSelector }: WatchSelection,
  { namespace }: Trigger,
  executor: Executor,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>>> {
  if (namespaceSelector === undefined || namespace === null) return {};
  const target = toNamespaceAddress(namespace);
  const answer = await executor.read(
    { type: "get", as: "namespace", target, mayShare: true },
    signal,
  );
  const object = answer.type === "object" ? answer.object : null;
  return readTextMap(readField(object, "metadata", "labels"));
}
