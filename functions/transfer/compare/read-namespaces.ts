import { readListPages } from "../../../adapters/kubernetes/api/list-pages.ts";
import { readField, readTextMap } from "../../../core/json/read-json.ts";
import type { MirrorWork } from "../copy/transfer-context.ts";

type Labels = Readonly<Record<string, string>>;

/** The labels of all namespaces of the source, if the rule selects by them. */
export async function readNamespaces(
  { rule, source }: MirrorWork,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Labels>> {
  const labels = new Map<string, Labels>();
  if (rule.on.namespaceSelector === undefined) return labels;
  for await (const { items } of readListPages(source.client, "/api/v1/namespaces", {}, signal)) {
    for (const item of items) {
      const name = readField(item, "metadata", "name");
      if (typeof name === "string")
        labels.set(name, readTextMap(readField(item, "metadata", "labels")));
    }
  }
  return labels;
}
