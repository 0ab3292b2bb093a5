import { MOVE_RESOURCE } from "../../../events/moves/move.ts";
import { RECORD_GROUP } from "../../../events/remediation.ts";
import type { Permission } from "../../actions/contract/action.ts";
import { toGroupResource } from "../../actions/contract/target.ts";
import { toGrants, type Grant } from "./grants.ts";
import {
  LIST_ALL,
  MOVES,
  READ_ALL_MOVES,
  SOURCE_VERBS,
  TARGET_VERBS,
  toNamespaces,
} from "./move-rights.ts";
import { CLUSTER_UID, toNeeds, type Need } from "./needs.ts";

/** Objects of a resource in one namespace; null: cluster-scoped, or in any. */
export type MovePlace = { readonly resource: string; readonly namespace: string | null };

/** A person begins a Move, aborts it, and adds finalizers to it. */
const BEGIN: Permission = {
  apiGroups: [RECORD_GROUP],
  resources: [MOVE_RESOURCE],
  verbs: ["create", "patch"],
};

/** The rights of a person who carries out one Move of these objects, in both clusters. */
export function planPersonRights({
  places,
  selected,
  recordNamespace,
  createsNamespaces,
}: {
  readonly places: readonly MovePlace[];
  /** What the selections list. */
  readonly selected: readonly MovePlace[];
  readonly recordNamespace: string;
  readonly createsNamespaces: boolean;
}): { readonly source: readonly Grant[]; readonly target: readonly Grant[] } {
  const inside = [...new Set(places.map(({ namespace }) => namespace))];
  // An object that is in no namespace may own objects in any.
  const owned = inside.includes(null) ? [null] : inside;
  return {
    source: toGrants([
      ...toNeeds([null])(CLUSTER_UID, READ_ALL_MOVES),
      ...toNeeds([recordNamespace])(...MOVES, BEGIN),
      ...toNeeds(owned)(LIST_ALL),
      ...toPlaceNeeds(selected, ["list"]),
      ...toPlaceNeeds(places, SOURCE_VERBS),
    ]),
    target: toGrants([
      ...toNeeds([null])(CLUSTER_UID),
      ...toNeeds(owned)(toNamespaces(["get"])),
      ...(createsNamespaces ? toNeeds([null])(toNamespaces(["create", "get"])) : []),
      ...toPlaceNeeds(places, TARGET_VERBS),
    ]),
  };
}

function toPlaceNeeds(places: readonly MovePlace[], verbs: readonly string[]): readonly Need[] {
  return places.flatMap(({ resource: name, namespace }) => {
    const { group, resource } = toGroupResource(name);
    return toNeeds([namespace])({ apiGroups: [group], resources: [resource], verbs });
  });
}
