import type { MoveGrant, Pipeline } from "../../../core/pipeline/pipeline.ts";
import { describeRightsToGrant } from "./rights-to-grant.ts";

/** The Moves that functions carry out, in lines. */
export function formatMoves({
  cluster,
  moves = [],
}: Pick<Pipeline, "cluster" | "moves">): readonly string[] {
  if (moves.length === 0) return [];
  const lines = moves.flatMap((grant) => describe(grant, cluster.name));
  return ["", "  moves", ...lines.map((line) => `      ${line}`)];
}

function describe(grant: MoveGrant, own: string): readonly string[] {
  const { to, from = [own], resources, namespaces } = grant;
  const where = namespaces === undefined ? "all namespaces" : namespaces.join(", ");
  const asks = [
    ...(grant.pause ?? []).map(
      ({ resource, field, annotation }) => `pause ${resource} by ${field ?? annotation ?? ""}`,
    ),
    ...toAsk("have finalizers taken off", grant.removeFinalizers),
    ...toAsk("leave to controllers of the target", grant.remade),
    ...(grant.leaveOwned === true ? ["leave behind what its objects own"] : []),
    ...(grant.dropOwners === true ? ["move objects without their owners"] : []),
    ...(grant.leaveData === true ? ["move StatefulSets without their volumes"] : []),
    ...(grant.createNamespaces === true ? ["have namespaces created"] : []),
  ];
  const may = asks.length === 0 ? "" : ` It may ${asks.join("; ")}.`;
  return [
    `Functions carry out a Move from ${from.join(" or ")} to ${to.join(" or ")} of ${resources.join(", ")} in ${where}, whoever has created it.${may}`,
    `To find what is owned, transfer lists the metadata of all resources in ${where}.`,
    ...describeRightsToGrant(resources),
  ];
}

function toAsk(what: string, names: readonly string[] = []): readonly string[] {
  return names.length === 0 ? [] : [`${what}: ${names.join(", ")}`];
}
