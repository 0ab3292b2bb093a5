import type { ResourceType } from "../../../events/change.ts";
import { findActionPlace } from "../../actions/contract/action-place.ts";
import type { Permission } from "../../actions/contract/action.ts";
import { findNamedCluster } from "../../actions/contract/cluster.ts";
import { toWalkPermissions } from "../../actions/contract/owner-walk.ts";
import { toGroupResource, type TargetParameter } from "../../actions/contract/target.ts";
import { findAction } from "../../actions/registry.ts";
import type { Catalog } from "../../references/catalog.ts";
import { findResource } from "../../references/find-resource.ts";
import { toResourceName } from "../../references/resource-name.ts";
import { findActionsIn } from "../acting-clusters.ts";
import type { Rule, RuleAction } from "../pipeline.ts";
import type { Need } from "./needs.ts";

/** The namespaces in which a rule may act, in any cluster. */
export function findActingPlaces(rule: Rule, catalog: Catalog): readonly (string | null)[] {
  const on = findResource(catalog, rule.on.resource) ?? toAwaited(rule.on.resource);
  return [...new Set(findReach(rule, on))];
}

type Places = readonly (string | null)[];

/** Requests for these are about a collection, or about an object that has no name yet: RBAC cannot restrict them to one. */
const OF_COLLECTIONS: ReadonlySet<string> = new Set(["create", "list", "watch"]);

/**
 * The rights of a rule's actions, each only where that action acts: on the trigger where the rule watches, on an object that the rule names
 * in its namespace and by its name, on what the trigger refers to as far as the rule reaches.
 */
export function toActionNeeds(rule: Rule, catalog: Catalog): readonly Need[] {
  const on = findResource(catalog, rule.on.resource) ?? toAwaited(rule.on.resource);
  return [...rule.then, ...(rule.onFailure ?? [])].flatMap((written) => {
    const isElsewhere = findNamedCluster(written.parameters) !== undefined;
    const permissions = isElsewhere ? toWalk(written, on) : toPermissions(written, on);
    return toNeeds(written, permissions, rule, on, catalog);
  });
}

/** The same for the actions of a rule in another cluster, with the rights that they need there. */
export function toActionNeedsIn(cluster: string, rule: Rule, catalog: Catalog): readonly Need[] {
  const on = findResource(catalog, rule.on.resource) ?? toAwaited(rule.on.resource);
  return findActionsIn(rule, cluster).flatMap((written) => {
    const walk = new Set(toWalk(written, on).map((one) => JSON.stringify(one)));
    const permissions = toPermissions(written, on).filter((one) => !walk.has(JSON.stringify(one)));
    return toNeeds(written, permissions, rule, on, catalog);
  });
}

function toPermissions(
  { action, parameters }: RuleAction,
  on: ResourceType,
): readonly Permission[] {
  return findAction(action)?.permissions(parameters, on) ?? [];
}

/** The rights to find an object by the references of the trigger, which are followed where the trigger is. */
function toWalk({ action, parameters }: RuleAction, on: ResourceType): readonly Permission[] {
  const target = (parameters["target"] ?? "trigger") as TargetParameter;
  const targets = findAction(action)?.targets;
  if (targets !== undefined) return toWalkPermissions(target, targets, on);
  const isOfCronJob = action === "createJobFromCronJob" && toResourceName(on) === "pods";
  return isOfCronJob ? [{ apiGroups: ["batch"], resources: ["jobs"], verbs: ["get"] }] : [];
}

function toNeeds(
  { action, parameters }: RuleAction,
  permissions: readonly Permission[],
  rule: Rule,
  on: ResourceType,
  catalog: Catalog,
): Need[] {
  const own: Places = on.namespaced ? (rule.on.namespaces ?? [null]) : [null];
  const wide = findReach(rule, on);
  const beside = on.namespaced ? own : wide;
  const at = (places: Places, permission: Permission): Need[] =>
    places.map((namespace) => ({ namespace, permission }));
  const place = findActionPlace(parameters, findAction(action)?.targets?.kinds);
  switch (place.type) {
    case "reach":
      return [
        ...permissions.flatMap((one) => at(wide, one)),
        // A trigger that is in no namespace may be acted upon too.
        ...(on.namespaced ? [] : permissions.filter((one) => isAbout(one, on))).flatMap((one) =>
          at([null], one),
        ),
      ];
    case "trigger":
      return permissions.flatMap((one) =>
        at(isAbout(one, on) ? own : toBeside(one, beside, on), one),
      );
    case "namespace":
      return permissions.flatMap((one) =>
        at(isAbout(one, on) && !isTargeted(one) ? own : [place.namespace], one),
      );
    case "named": {
      const { resource } = place;
      const of =
        resource === undefined
          ? undefined
          : (findResource(catalog, resource) ?? toAwaited(resource));
      const isWide = of !== undefined && !of.namespaced;
      const places: Places = isWide
        ? [null]
        : place.namespace === undefined
          ? beside
          : [place.namespace];
      return permissions.flatMap((one) =>
        of !== undefined && isAbout(one, of)
          ? toNamed(one, place.name).flatMap((part) => at(places, part))
          : at(isWide ? toBeside(one, wide, of) : places, one),
      );
    }
  }

  /** Jobs and targets of the action, and not the trigger that its Job belongs to. */
  function isTargeted(permission: Permission): boolean {
    return parameters["targets"] !== undefined || permission.resources.includes("jobs");
  }
}

/** What an action needs beside its target: the Events about an object in no namespace are in `default`. */
function toBeside(permission: Permission, places: Places, of: ResourceType): Places {
  const isEvent = permission.apiGroups.includes("events.k8s.io");
  return isEvent && !of.namespaced ? ["default"] : places;
}

/** A rule acts in the namespace of its trigger, and as far as it reaches. */
function findReach({ on: { namespaces }, reach }: Rule, on: ResourceType): Places {
  if (reach === "cluster") return [null];
  return [...(on.namespaced ? (namespaces ?? [null]) : []), ...(reach ?? [])];
}

/** The verbs that RBAC can restrict to one object, and the others. */
function toNamed(permission: Permission, name: string): readonly Permission[] {
  const isSub = permission.resources.every((resource) => resource.includes("/"));
  const isOne = (verb: string): boolean => isSub || !OF_COLLECTIONS.has(verb);
  const one = permission.verbs.filter(isOne);
  const many = permission.verbs.filter((verb) => !isOne(verb));
  return [
    ...(one.length === 0 ? [] : [{ ...permission, resourceNames: [name], verbs: one }]),
    ...(many.length === 0 ? [] : [{ ...permission, verbs: many }]),
  ];
}

function isAbout(
  { apiGroups, resources }: Permission,
  of: Pick<ResourceType, "group" | "resource">,
): boolean {
  return apiGroups.includes(of.group) && resources.some((one) => one.split("/")[0] === of.resource);
}

/** A resource that is not installed yet, as far as its name says. */
function toAwaited(name: string): ResourceType {
  return { ...toGroupResource(name), version: "", kind: "", namespaced: true };
}
