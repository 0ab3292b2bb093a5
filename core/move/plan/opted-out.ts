import { REMEDIATE_KEY } from "../../decide/left-alone.ts";
import { nameObject, type SetObject } from "../set-object.ts";
import type { Problem } from "../status/problem.ts";

/** The namespaces of one cluster whose owners do not want Kubemend to change the objects in them. */
export type OptedOutNamespaces = {
  readonly side: "source" | "target";
  readonly names: readonly string[];
};

/** The owners' decisions against a move that functions carry out. */
export function findOptedOut(
  objects: readonly SetObject[],
  namespaces: readonly OptedOutNamespaces[],
): readonly Problem[] {
  return [
    ...objects
      .filter(({ isOptedOut }) => isOptedOut)
      .map((object) => toOptedOut(nameObject(object), "it", "source")),
    ...namespaces.flatMap(({ side, names }) =>
      names.map((name) => toOptedOut(`Namespace ${name}`, `the namespace in the ${side}`, side)),
    ),
  ];
}

function toOptedOut(object: string, what: string, side: "source" | "target"): Problem {
  return {
    code: "OptedOut",
    object,
    step: "plan",
    reason: `${what} has ${REMEDIATE_KEY}: "false", so functions leave it alone`,
    wayOut: `ask its owner to take that away in the ${side}, or carry the move out as yourself`,
  };
}
