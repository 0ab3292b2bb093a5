import { MIRROR_RESOURCE } from "../../../events/mirrors/mirror.ts";
import { RECORD_GROUP } from "../../../events/remediation.ts";
import type { Permission } from "../../actions/contract/action.ts";
import { toCopyFate } from "../../actions/mirror/copy-fate.ts";
import { toGroupResource } from "../../actions/contract/target.ts";
import { READ_GUARDS } from "../../guards/permissions.ts";
import type { Catalog } from "../../references/catalog.ts";
import { findMirrorRules, type MirrorRule } from "../mirror-rule.ts";
import { findResource } from "../../references/find-resource.ts";
import type { Pipeline, Rule } from "../pipeline.ts";
import { readsNamespaceLabels } from "../route.ts";
import { toGrants, type Grant } from "./grants.ts";
import { toMoveTargetNeeds } from "./move-rights.ts";
import { CLUSTER_UID, findPlaces, toNeeds, toReadNeeds, type Need } from "./needs.ts";
import { ALERT_GROUPS, RECORDS, sendsAlerts } from "./own-permissions.ts";

/** The rights of transfer in a target. */
export type TargetPermissions = { readonly cluster: string; readonly transfer: readonly Grant[] };

/** To ask the labels of a namespace, and to list those that a rule selects by them. */
const NAMESPACES: Permission = {
  apiGroups: [""],
  resources: ["namespaces"],
  verbs: ["get", "list"],
};

/** To ask whether a namespace has opted out. A Role in a namespace may allow to get that one. */
const OPT_OUT: Permission = { apiGroups: [""], resources: ["namespaces"], verbs: ["get"] };

/** To keep the states of mirrors. */
const MIRRORS: readonly Permission[] = [
  { apiGroups: [RECORD_GROUP], resources: [MIRROR_RESOURCE], verbs: ["create", "get"] },
  { apiGroups: [RECORD_GROUP], resources: [`${MIRROR_RESOURCE}/status`], verbs: ["update"] },
];

/** To know which of them are to be compared. */
const READ_MIRRORS: Permission = {
  apiGroups: [RECORD_GROUP],
  resources: [MIRROR_RESOURCE],
  verbs: ["list"],
};

/** The needs of transfer in the pipeline's own cluster, in which it reads sources and keeps records; none if no rule mirrors. */
export function toTransferNeeds(
  { rules, route }: Pick<Pipeline, "rules" | "route">,
  catalog: Catalog,
  recordNamespace: string,
): readonly Need[] {
  const mirroring = findMirrorRules(rules);
  if (mirroring.length === 0) return [];
  const alerts = mirroring.some(({ rule }) => sendsAlerts(rule));
  const selects =
    mirroring.some(({ rule }) => rule.on.namespaceSelector !== undefined) ||
    (alerts && readsNamespaceLabels(route));
  return [
    ...toNeeds([null])(CLUSTER_UID, ...(selects ? [NAMESPACES] : [])),
    ...toNeeds([recordNamespace])(...RECORDS, ...MIRRORS, READ_GUARDS),
    ...(alerts ? toNeeds([recordNamespace])(...ALERT_GROUPS) : []),
    ...mirroring.flatMap(({ rule }) => toReadNeeds(rule.on, catalog, ["get", "list"])),
    ...mirroring.flatMap(({ rule }) =>
      isNamespaced(rule, catalog) ? toNeeds(findPlaces(rule.on, catalog))(OPT_OUT) : [],
    ),
  ];
}

/** The needs of the sweep to have mirrors compared. */
export function toComparisonNeeds(
  { rules }: Pick<Pipeline, "rules">,
  recordNamespace: string,
): readonly Need[] {
  if (findMirrorRules(rules).length === 0) return [];
  return [...toNeeds([null])(CLUSTER_UID), ...toNeeds([recordNamespace])(READ_MIRRORS)];
}

/**
 * The rights of transfer in each target of mirrors and moves of a pipeline, and no more, in the order of the file. `catalog` is that of a usual
 * cluster.
 */
export function planTargetPermissions(
  { clusters, rules, moves }: Pick<Pipeline, "clusters" | "rules" | "moves">,
  catalog: Catalog,
): readonly TargetPermissions[] {
  const mirroring = findMirrorRules(rules);
  return clusters.flatMap(({ name: cluster }) => {
    const towards = mirroring.filter(({ mirror }) => mirror.to.includes(cluster));
    const needs = [
      ...towards.flatMap((one) => toCopyNeeds(one, catalog)),
      ...toMoveTargetNeeds({ moves }, cluster, catalog),
    ];
    if (needs.length === 0) return [];
    return [{ cluster, transfer: toGrants([...toNeeds([null])(CLUSTER_UID), ...needs]) }];
  });
}

/** An apply that creates an object needs both patch and create. */
const WRITE = ["create", "get", "list", "patch"];

function toCopyNeeds({ rule, mirror }: MirrorRule, catalog: Catalog): readonly Need[] {
  const places = findPlaces(rule.on, catalog).map((namespace) =>
    namespace === null ? null : (mirror.namespaces[namespace] ?? namespace),
  );
  const { resource } = rule.on;
  const status = mirror.status ? [toPermission(resource, ["patch"], "status")] : [];
  const isDeleted = (["gone", "left"] as const).some((of) => toCopyFate(mirror, of) === "delete");
  const verbs = isDeleted ? [...WRITE, "delete"] : WRITE;
  const optOut = isNamespaced(rule, catalog) ? [OPT_OUT] : [];
  return toNeeds(places)(toPermission(resource, verbs), ...status, ...optOut);
}

function isNamespaced({ on }: Pick<Rule, "on">, catalog: Catalog): boolean {
  return findResource(catalog, on.resource)?.namespaced !== false;
}

function toPermission(name: string, verbs: readonly string[], subresource?: "status"): Permission {
  const { group, resource } = toGroupResource(name);
  const path = subresource === undefined ? resource : `${resource}/${subresource}`;
  return { apiGroups: [group], resources: [path], verbs };
}
