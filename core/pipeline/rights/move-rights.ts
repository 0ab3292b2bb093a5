import { MOVE_STEPS_RESOURCE } from "../../../events/moves/move-steps.ts";
import { MOVE_RESOURCE } from "../../../events/moves/move.ts";
import { RECORD_GROUP } from "../../../events/remediation.ts";
import type { Permission } from "../../actions/contract/action.ts";
import { toGroupResource } from "../../actions/contract/target.ts";
import type { Catalog } from "../../references/catalog.ts";
import { findMoveGrants, listMoveGrants } from "../moves/find-grants.ts";
import type { MoveGrant, Pipeline } from "../pipeline.ts";
import { CLUSTER_UID, findPlaces, toNeeds, type Need } from "./needs.ts";

/** To carry Moves out: the verb `execute` is asked for by an admission policy when their status or their steps are written. */
export const MOVES: readonly Permission[] = [
  { apiGroups: [RECORD_GROUP], resources: [MOVE_RESOURCE], verbs: ["execute", "get", "list"] },
  { apiGroups: [RECORD_GROUP], resources: [`${MOVE_RESOURCE}/status`], verbs: ["update"] },
  {
    apiGroups: [RECORD_GROUP],
    resources: [MOVE_STEPS_RESOURCE],
    verbs: ["create", "delete", "get", "list", "update"],
  },
];

/** To leave alone what Moves of other installations in this cluster have. */
export const READ_ALL_MOVES: Permission = {
  apiGroups: [RECORD_GROUP],
  resources: [MOVE_RESOURCE, MOVE_STEPS_RESOURCE],
  verbs: ["list"],
};

/** To know which of them have not ended. */
const READ_MOVES: Permission = {
  apiGroups: [RECORD_GROUP],
  resources: [MOVE_RESOURCE],
  verbs: ["list"],
};

/** To find everything that is owned by what moves: the garbage collector would delete it with its owner. */
export const LIST_ALL: Permission = { apiGroups: ["*"], resources: ["*"], verbs: ["list"] };

export const SOURCE_VERBS: readonly string[] = ["delete", "get", "list", "patch"];
export const TARGET_VERBS: readonly string[] = ["create", "delete", "get", "list", "patch"];

/** The needs of transfer in the cluster of the sources; none if the pipeline lets functions carry out no Moves. */
export function toMoveNeeds(
  pipeline: Pick<Pipeline, "cluster" | "clusters" | "moves">,
  catalog: Catalog,
  recordNamespace: string,
): readonly Need[] {
  const grants = findMoveGrants(pipeline);
  if (grants.length === 0) return [];
  return [
    ...toNeeds([null])(CLUSTER_UID, READ_ALL_MOVES),
    ...toNeeds([recordNamespace])(...MOVES),
    ...grants.flatMap((grant) => [
      // The owner of a namespace may have opted out.
      ...toNeeds(grant.namespaces ?? [null])(LIST_ALL, toNamespaces(["get"])),
      ...toObjectNeeds(grant, catalog, SOURCE_VERBS),
    ]),
  ];
}

/** The needs of the sweep to have Moves carried out. */
export function toMoveSweepNeeds(
  pipeline: Pick<Pipeline, "cluster" | "clusters" | "moves">,
  recordNamespace: string,
): readonly Need[] {
  if (findMoveGrants(pipeline).length === 0) return [];
  return [...toNeeds([null])(CLUSTER_UID), ...toNeeds([recordNamespace])(READ_MOVES)];
}

/** The needs of transfer in a cluster to which objects move. */
export function toMoveTargetNeeds(
  pipeline: Pick<Pipeline, "moves">,
  cluster: string,
  catalog: Catalog,
): readonly Need[] {
  return listMoveGrants(pipeline)
    .filter(({ to }) => to.includes(cluster))
    .flatMap((grant) => [
      ...toObjectNeeds(grant, catalog, TARGET_VERBS),
      ...toNeeds(grant.namespaces ?? [null])(toNamespaces(["get"])),
      // A Role in a namespace cannot allow to create it.
      ...(grant.createNamespaces === true ? toNeeds([null])(toNamespaces(["create"])) : []),
    ]);
}

export function toNamespaces(verbs: readonly string[]): Permission {
  return { apiGroups: [""], resources: ["namespaces"], verbs };
}

function toObjectNeeds(
  { resources, namespaces }: MoveGrant,
  catalog: Catalog,
  verbs: readonly string[],
): readonly Need[] {
  return resources.flatMap((name) => {
    const { group, resource } = toGroupResource(name);
    const places = findPlaces({ resource: name, namespaces }, catalog);
    return toNeeds(places)({ apiGroups: [group], resources: [resource], verbs });
  });
}
