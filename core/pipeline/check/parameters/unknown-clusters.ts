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
        const fault =
          named.name === own ? findOwnFault(rule, named.name) : toUnknownCluster(named.name, names);
        return fault === undefined ? [] : [{ path, ...fault }];
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

type Fault = Pick<PipelineIssue, "message" | "hint">;

/** The name of the pipeline's own cluster is any text; that of a cluster in which something is done becomes a part of other names. */
const USABLE = /^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$/;

/** The fault of a rule that does something in the pipeline's own cluster by its name: only changes of other clusters need one. */
export function findOwnFault({ on }: Rule, name: string): Fault | undefined {
  if (on.clusters === undefined) {
    const message = `${name} is the cluster whose changes the rule sees`;
    return { message, hint: "leave cluster out to act there" };
  }
  if (USABLE.test(name)) return undefined;
  const message = `${name} cannot be named here, because its name is not one of at most 40 of a-z, 0-9 and -`;
  return { message, hint: "change cluster.name" };
}

/** The fault of a name that no cluster has. */
export function toUnknownCluster(name: string, names: readonly string[]): Fault {
  const near = suggestName(name, names);
  const message = `the pipeline names no cluster ${name}`;
  if (near !== undefined) return { message, hint: `did you mean ${near}?` };
  const known = names.length === 0 ? "" : `; its clusters: ${names.join(", ")}`;
  return { message, hint: `add it to clusters, with its access${known}` };
}
