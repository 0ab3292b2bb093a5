import { findStationary } from "../../../actions/move/stationary.ts";
import type { MoveParameters } from "../../../actions/move/move-parameters.ts";
import type { PipelineIssue, Rule } from "../../pipeline.ts";
import { findLabelSelectorFault } from "./selector-faults.ts";
import { findOwnFault, readClusterNames, toUnknownCluster } from "./unknown-clusters.ts";

type Path = PipelineIssue["path"];

/**
 * The faults of actions that begin moves: clusters that the pipeline does not name or from which the objects come, and resources whose objects
 * do not move.
 */
export function findMoveFaults(
  document: unknown,
  rules: readonly { readonly rule: Rule; readonly index: number }[],
): readonly PipelineIssue[] {
  return rules.flatMap(({ rule, index }) =>
    (["then", "onFailure"] as const).flatMap((list) =>
      (rule[list] ?? []).flatMap(({ action, parameters }, at) => {
        if (action !== "move") return [];
        const path = ["rules", index, list, at, action];
        // The action's own schema has made these.
        const move = parameters as unknown as MoveParameters;
        return [
          ...findClusterFaults(rule, move, document, path),
          ...findBoundFaults(rule, move, path),
          ...findSelectorFaults(move, path),
        ];
      }),
    ),
  );
}

function findClusterFaults(
  rule: Rule,
  { to }: MoveParameters,
  document: unknown,
  path: Path,
): readonly PipelineIssue[] {
  const here = [...path, "to"];
  const { own, names } = readClusterNames(document);
  const { clusters } = rule.on;
  if (clusters?.includes(to) === true || (clusters === undefined && to === own)) {
    const message = `${to} is the cluster that the objects are in: nothing moves from it to itself`;
    return [{ path: here, message, hint: "name another one of clusters" }];
  }
  if (names.includes(to)) return [];
  const fault = to === own ? findOwnFault(rule, to) : toUnknownCluster(to, names);
  return fault === undefined ? [] : [{ path: here, ...fault }];
}

function findBoundFaults(
  { on }: Rule,
  { target, also }: MoveParameters,
  path: Path,
): readonly PipelineIssue[] {
  const own =
    target === "trigger" ? on.resource : "resource" in target ? target.resource : undefined;
  const named = [
    { resource: own, at: target === "trigger" ? [] : ["target", "resource"] },
    ...also.map(({ resource }, at) => ({ resource, at: ["also", at, "resource"] })),
  ];
  return named.flatMap(({ resource, at }) => {
    const why = resource === undefined ? undefined : findStationary(resource);
    if (why === undefined) return [];
    const message = `objects of ${String(resource)} do not move to another cluster`;
    return [{ path: [...path, ...at], message, hint: why }];
  });
}

function findSelectorFaults({ also }: MoveParameters, path: Path): readonly PipelineIssue[] {
  return also.flatMap(({ labelSelector }, at) => {
    const fault = labelSelector === undefined ? undefined : findLabelSelectorFault(labelSelector);
    return fault === undefined ? [] : [{ path: [...path, "also", at, "labelSelector"], ...fault }];
  });
}
