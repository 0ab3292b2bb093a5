import { findNamedCluster } from "../../../actions/contract/cluster.ts";
import { readField, readList } from "../../../json/read-json.ts";
import { suggestName } from "../../../text/suggest.ts";
import type { PipelineIssue, Rule } from "../../pipeline.ts";

/** Actions in a cluster that the document does not name: a function would refuse them with UnknownCluster. */
export function findUnknownClusters(
  document: unknown,
  rules: readonly { readonly rule: Rule; readonly index: number }[],
): readonly PipelineIssue[] {
  const { own, names } = readClusterNames(document);
  return rules.flatMap(({ rule, index }) =>
    (["then", "onFailure"] as const).flatMap((list) =>
      (rule[list] ?? []).flatMap(({ action, parameters }, at) => {
        const named = findNamedCluster(parameters);
        if (named === undefined || names.includes(named.name)) return [];
        const path = ["rules", index, list, at, action, ...named.path];
        return [{ path, ...toFault(named.name, names, own) }];
      }),
    ),
  );
}

/** The pipeline's own cluster and its other clusters, as written. */
export function readClusterNames(document: unknown): {
  readonly own: unknown;
  readonly names: readonly string[];
} {
  const names = readList(readField(document, "clusters"))
    .map((cluster) => readField(cluster, "name"))
    .filter((name) => typeof name === "string");
  return { own: readField(document, "cluster", "name"), names };
}

function toFault(
  name: string,
  names: readonly string[],
  own: unknown,
): Pick<PipelineIssue, "message" | "hint"> {
  if (name === own) {
    const message = `${name} is the cluster whose changes the rule sees`;
    return { message, hint: "leave cluster out to act there" };
  }
  const near = suggestName(name, names);
  const message = `the pipeline names no cluster ${name}`;
  if (near !== undefined) return { message, hint: `did you mean ${near}?` };
  const known = names.length === 0 ? "" : `; its clusters: ${names.join(", ")}`;
  return { message, hint: `add it to clusters, with its access${known}` };
}
