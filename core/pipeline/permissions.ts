import { RECORD_GROUP, RECORD_RESOURCE } from "../../events/remediation.ts";
import type { ResourceType } from "../../events/change.ts";
import type { Permission } from "../actions/contract/action.ts";
import { findAction } from "../actions/registry.ts";
import type { Catalog } from "../references/catalog.ts";
import { isBuiltin } from "../references/builtin.ts";
import { findResource } from "../references/find-resource.ts";
import { planOwnWatch, RECORDS_RESOURCE } from "./records-watch.ts";
import { makesRecord } from "./makes-record.ts";
import type { Pipeline, Rule } from "./pipeline.ts";

/** The rights that the identity of each part needs for a pipeline, and no more: PolicyRules without repetition, in a stable order. */
export type Permissions = {
  readonly relay: readonly Permission[];
  readonly normalize: readonly Permission[];
  readonly remediate: readonly Permission[];
  readonly sweep: readonly Permission[];
};

/** The uid of a cluster is that of its namespace kube-system. */
const CLUSTER_UID: Permission = {
  apiGroups: [""],
  resources: ["namespaces"],
  resourceNames: ["kube-system"],
  verbs: ["get"],
};

/** To select namespaces by labels, the relay watches them. */
const NAMESPACES: Permission = {
  apiGroups: [""],
  resources: ["namespaces"],
  verbs: ["get", "list", "watch"],
};

const RECORDS: readonly Permission[] = [
  { apiGroups: [RECORD_GROUP], resources: [RECORD_RESOURCE], verbs: ["create", "get"] },
  { apiGroups: [RECORD_GROUP], resources: [`${RECORD_RESOURCE}/status`], verbs: ["update"] },
];

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

const OLD_RECORDS: readonly Permission[] = [
  { apiGroups: [RECORD_GROUP], resources: [RECORD_RESOURCE], verbs: ["list", "delete"] },
  { apiGroups: [RECORD_GROUP], resources: [`${RECORD_RESOURCE}/status`], verbs: ["update"] },
];

/**
 * Derives the rights of relay and functions from a pipeline. Discovery is not included, because every authenticated identity may
 * use it (`system:discovery`). A resource that the catalog lacks may be installed later: the relay gets the right to read it.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources
 */
export function planPermissions(pipeline: Pipeline, catalog: Catalog): Permissions {
  const watched = [...pipeline.rules.map((rule) => rule.on), ...pipeline.watch];
  const reading = (names: readonly string[], verbs: readonly string[]): readonly Permission[] =>
    names.flatMap((name) => toReadPermission(findResource(catalog, name), verbs));
  const acting = pipeline.rules.filter(makesRecord);
  return {
    relay: merge([
      CLUSTER_UID,
      ...(watched.some(({ namespaceSelector }) => namespaceSelector !== undefined)
        ? [NAMESPACES]
        : []),
      ...reading(
        watched.map(({ resource }) => resource),
        ["get", "list", "watch"],
      ),
      ...(planOwnWatch(pipeline) === undefined
        ? []
        : [DECISIONS, ...toDefinitionPermission(RECORDS_RESOURCE)]),
      ...watched.flatMap(({ resource }) => [
        ...toDefinitionPermission(resource),
        ...toAwaitedPermission(resource, catalog),
      ]),
    ]),
    normalize: merge([
      CLUSTER_UID,
      ...reading(
        pipeline.rules.map((rule) => rule.on.resource),
        ["get"],
      ),
    ]),
    remediate: merge([
      CLUSTER_UID,
      ...RECORDS,
      ...(acting.length > 0 ? [OUTCOMES] : []),
      ...reading(
        acting.map((rule) => rule.on.resource),
        ["get"],
      ),
      ...acting.flatMap((rule) => toActionPermissions(rule, catalog)),
    ]),
    // The sweep checks whether the object of a record still exists.
    sweep: merge([
      ...OLD_RECORDS,
      ...reading(
        acting.map((rule) => rule.on.resource),
        ["get"],
      ),
    ]),
  };
}

function toReadPermission(
  resource: ResourceType | undefined,
  verbs: readonly string[],
): readonly Permission[] {
  if (resource === undefined) return [];
  return [{ apiGroups: [resource.group], resources: [resource.resource], verbs }];
}

/** The right to read a watched resource that is not installed yet. */
function toAwaitedPermission(name: string, catalog: Catalog): readonly Permission[] {
  if (findResource(catalog, name) !== undefined) return [];
  const { group, resource } = toGroupResource(name);
  return [{ apiGroups: [group], resources: [resource], verbs: ["get", "list", "watch"] }];
}

function toGroupResource(name: string): { readonly group: string; readonly resource: string } {
  const [resource = "", ...group] = name.split(".");
  return { group: group.join("."), resource };
}

function toActionPermissions(rule: Rule, catalog: Catalog): readonly Permission[] {
  const on = findResource(catalog, rule.on.resource);
  if (on === undefined) return [];
  return [...rule.then, ...(rule.onFailure ?? [])].flatMap(
    ({ action, parameters }) => findAction(action)?.permissions(parameters, on) ?? [],
  );
}

/** One rule for each group, resource and resource names, with all verbs. */
function merge(permissions: readonly Permission[]): readonly Permission[] {
  const merged = new Map<string, Permission>();
  for (const permission of permissions.flatMap(split)) {
    const key = JSON.stringify([
      permission.apiGroups,
      permission.resources,
      permission.resourceNames,
    ]);
    const verbs = [...(merged.get(key)?.verbs ?? []), ...permission.verbs];
    merged.set(key, { ...permission, verbs: [...new Set(verbs)].toSorted() });
  }
  return [...merged.entries()]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, permission]) => permission);
}

function split(permission: Permission): readonly Permission[] {
  return permission.apiGroups.flatMap((group) =>
    permission.resources.map((resource) => ({
      ...permission,
      apiGroups: [group],
      resources: [resource],
    })),
  );
}
