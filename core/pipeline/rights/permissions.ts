import {
  DEFAULT_RECORD_NAMESPACE,
  RECORD_GROUP,
  RECORD_RESOURCE,
} from "../../../events/remediation.ts";
import type { Permission } from "../../actions/contract/action.ts";
import { isRemediation } from "../../actions/registry.ts";
import { toGroupResource } from "../../actions/contract/target.ts";
import { COUNT_IN_GUARDS, READ_GUARDS } from "../../guards/permissions.ts";
import type { Catalog } from "../../references/catalog.ts";
import { isBuiltin } from "../../references/builtin.ts";
import { findResource } from "../../references/find-resource.ts";
import { makesRecord } from "../makes-record.ts";
import {
  ALERT_GROUPS,
  beginsMoves,
  MOVES,
  OLD_ALERTS,
  OLD_RECORDS,
  RECORDS,
  sendsAlerts,
} from "./own-permissions.ts";
import { toGrants, type Grant } from "./grants.ts";
import { findActingPlaces, toActionNeeds, toActionNeedsIn } from "./action-needs.ts";
import { CLUSTER_UID, findPlaces, toNeeds, toReadNeeds, type Need } from "./needs.ts";
import { toComparisonNeeds, toTransferNeeds } from "./mirror-rights.ts";
import { toMoveNeeds, toMoveSweepNeeds } from "./move-rights.ts";
import { findActingClusters, findActionsIn } from "../acting-clusters.ts";
import { planOwnWatch, RECORDS_RESOURCE } from "../records-watch.ts";
import { readsNamespaceLabels } from "../route.ts";
import { findMirror } from "../mirror-rule.ts";
import type { Pipeline, Rule, WatchSelection } from "../pipeline.ts";
import { DEFAULT_LEASE, toHoldLease, toReadLease } from "./relay-lease.ts";

/**
 * The rights that the identity of each part needs for a pipeline, and no more: PolicyRules without repetition, in a stable order. What a
 * rule needs in named namespaces is granted there only. Rights that are granted cluster-wide are not repeated in a namespace.
 */
export type Permissions = {
  readonly relay: readonly Grant[];
  readonly normalize: readonly Grant[];
  readonly remediate: readonly Grant[];
  readonly transfer: readonly Grant[];
  readonly sweep: readonly Grant[];
};

export type PermissionSettings = {
  /** Namespace of the records; default `kubemend`. */
  readonly recordNamespace?: string | undefined;
  /** The relay's Lease; default `kubemend/kubemend-relay`. */
  readonly lease?: { readonly namespace: string; readonly name: string } | undefined;
};

/** To select namespaces by labels, the relay watches them. */
const NAMESPACES: Permission = {
  apiGroups: [""],
  resources: ["namespaces"],
  verbs: ["get", "list", "watch"],
};

/** To ask the labels of a namespace again, and whether it has opted out. A Role in a namespace may allow to get that one. */
const NAMESPACE_LABELS: Permission = {
  apiGroups: [""],
  resources: ["namespaces"],
  verbs: ["get"],
};

/** To count the objects in the namespaces that a rule selects by their labels. */
const LIST_NAMESPACES: Permission = {
  apiGroups: [""],
  resources: ["namespaces"],
  verbs: ["list"],
};

/** To notice decisions about waiting plans at once. */
const DECISIONS: Permission = {
  apiGroups: [RECORD_GROUP],
  resources: [RECORD_RESOURCE],
  verbs: ["get", "list", "watch"],
};

/** The relay checks whether a resource is a custom resource, because resourceVersions of other aggregated APIs cannot be ordered. */
function toDefinitionPermission(name: string): readonly Permission[] {
  const { group, resource } = toGroupResource(name);
  if (group === "" || isBuiltin({ group, resource })) return [];
  return [
    {
      apiGroups: ["apiextensions.k8s.io"],
      resources: ["customresourcedefinitions"],
      resourceNames: [name],
      verbs: ["get"],
    },
  ];
}

/** The outcome of each remediation is reported as an Event on its object. */
const OUTCOMES: Permission = {
  apiGroups: ["events.k8s.io"],
  resources: ["events"],
  verbs: ["create"],
};

/**
 * Derives the rights of relay and functions from a pipeline. Discovery is not included, because every authenticated identity may
 * use it (`system:discovery`). The rights on a resource that the catalog lacks follow from its name: it may be installed later.
 */
export function planPermissions(
  pipeline: Pipeline,
  catalog: Catalog,
  settings: PermissionSettings = {},
): Permissions {
  const { recordNamespace = DEFAULT_RECORD_NAMESPACE, lease = DEFAULT_LEASE } = settings;
  const watched = [...pipeline.rules.map((rule) => rule.on), ...pipeline.watch];
  const acting = pipeline.rules.filter(makesRecord);
  const remediating = acting.filter(({ then }) => isRemediation(then));
  const everywhere = toNeeds([null]);
  const forRecords = toNeeds([recordNamespace]);
  const reading = (selections: readonly WatchSelection[], verbs: readonly string[]): Need[] =>
    selections.flatMap((selection) => toReadNeeds(selection, catalog, verbs));
  const triggers = acting.map(({ on }) => on);
  const alerting = pipeline.rules.filter(sendsAlerts);
  // It asks whether alerts are still open, also those of rules that make no record.
  const asked = [...triggers, ...alerting.filter(isDecided).map(({ on }) => on)];
  const forAlerts = (permissions: readonly Permission[]): Need[] =>
    alerting.length === 0 ? [] : forRecords(...permissions);
  return {
    relay: toGrants([
      ...everywhere(CLUSTER_UID),
      ...(selectsNamespaces(watched) ? everywhere(NAMESPACES) : []),
      ...reading(watched, ["get", "list", "watch"]),
      ...(planOwnWatch(pipeline) === undefined
        ? []
        : everywhere(DECISIONS, ...toDefinitionPermission(RECORDS_RESOURCE))),
      ...watched.flatMap(({ resource }) => everywhere(...toDefinitionPermission(resource))),
      ...toNeeds([lease.namespace])(...toHoldLease(lease.name)),
    ]),
    normalize: toGrants([
      ...everywhere(CLUSTER_UID),
      ...(readsNamespaceLabels(pipeline.route) ? everywhere(NAMESPACE_LABELS) : []),
      ...reading(
        pipeline.rules.filter(isDecided).map(({ on }) => on),
        ["get"],
      ),
      ...forAlerts(ALERT_GROUPS),
    ]),
    remediate: toGrants([
      ...everywhere(CLUSTER_UID),
      ...forRecords(...RECORDS, ...COUNT_IN_GUARDS),
      ...(acting.some(beginsMoves) ? forRecords(...MOVES) : []),
      ...forAlerts(ALERT_GROUPS),
      ...(selectsNamespaces(asked) || readsNamespaceLabels(pipeline.route)
        ? everywhere(NAMESPACE_LABELS)
        : []),
      ...remediating.flatMap((rule) => toNeeds(findOwnPlaces(rule, catalog))(NAMESPACE_LABELS)),
      ...triggers.flatMap((on) => toNeeds(findOutcomePlaces(on, catalog))(OUTCOMES)),
      ...reading(asked, ["get"]),
      ...remediating.flatMap(({ on, guards }) =>
        guards.blastRadius?.percent === undefined
          ? []
          : [
              ...toReadNeeds(on, catalog, ["list"]),
              ...(on.namespaceSelector === undefined ? [] : everywhere(LIST_NAMESPACES)),
            ],
      ),
      ...acting.flatMap((rule) => toActionNeeds(rule, catalog)),
    ]),
    transfer: toGrants([
      ...toTransferNeeds(pipeline, catalog, recordNamespace),
      ...toMoveNeeds(pipeline, catalog, recordNamespace),
    ]),
    // The sweep checks whether the object of a record still exists, and whether a relay renews its Lease.
    sweep: toGrants([
      ...forRecords(...OLD_RECORDS, READ_GUARDS),
      ...forAlerts(OLD_ALERTS),
      ...toComparisonNeeds(pipeline, recordNamespace),
      ...toMoveSweepNeeds(pipeline, recordNamespace),
      ...reading(triggers, ["get"]),
      ...toNeeds([lease.namespace])(toReadLease(lease.name)),
    ]),
  };
}

/** A mirror's objects are read by whoever copies them, which neither normalize nor remediate does. */
function isDecided(rule: Rule): boolean {
  return findMirror(rule) === undefined;
}

/** The rights of the functions in another cluster, in which actions of the pipeline act. */
export type OtherPermissions = { readonly cluster: string; readonly remediate: readonly Grant[] };

/**
 * The rights that remediate needs in each other cluster of a pipeline, and no more. `catalog` is that of a usual cluster; records, guards and
 * outcomes are in the pipeline's own.
 */
export function planOtherPermissions(
  pipeline: Pipeline,
  catalog: Catalog,
): readonly OtherPermissions[] {
  return findActingClusters(pipeline).map((cluster) => {
    const acting = pipeline.rules.filter((rule) => findActionsIn(rule, cluster).length > 0);
    return {
      cluster,
      remediate: toGrants([
        ...toNeeds([null])(CLUSTER_UID),
        ...acting.flatMap((rule) => toNeeds(findActingPlaces(rule, catalog))(NAMESPACE_LABELS)),
        ...acting.flatMap((rule) => toActionNeedsIn(cluster, rule, catalog)),
      ]),
    };
  });
}

function selectsNamespaces(selections: readonly WatchSelection[]): boolean {
  return selections.some(({ namespaceSelector }) => namespaceSelector !== undefined);
}

/**
 * The namespaces in which a rule asks whether it may act in the pipeline's own cluster: those of its trigger if all of its actions are
 * elsewhere.
 */
function findOwnPlaces(rule: Rule, catalog: Catalog): readonly (string | null)[] {
  const acts = findActionsIn(rule, undefined).some((action) => isRemediation([action]));
  return acts ? findActingPlaces(rule, catalog) : findPlaces(rule.on, catalog);
}

/** The Event about a remediation is in the namespace of its trigger; that about a cluster-scoped one in `default`. */
function findOutcomePlaces(on: WatchSelection, catalog: Catalog): readonly (string | null)[] {
  return findResource(catalog, on.resource)?.namespaced === false
    ? ["default"]
    : findPlaces(on, catalog);
}
