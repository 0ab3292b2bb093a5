import type { ResourceType } from "../../../events/change.ts";
import { findActionPlace } from "../../actions/contract/action-place.ts";
import type { Permission } from "../../actions/contract/action.ts";
import { toGroupResource } from "../../actions/contract/target.ts";
import { findAction } from "../../actions/registry.ts";
import type { Catalog } from "../../references/catalog.ts";
import { findResource } from "../../references/find-resource.ts";
import type { Rule, RuleAction } from "../pipeline.ts";

/** A right at a place: null is the whole cluster. */
export type Need = { readonly namespace: string | null; readonly permission: Permission };

/** The namespaces in which a rule may act. */
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
  return [...rule.then, ...(rule.onFailure ?? [])].flatMap((action) =>
    toNeeds(action, rule, on, catalog),
  );
}

function toNeeds(
  { action, parameters }: RuleAction,
  rule: Rule,
  on: ResourceType,
  catalog: Catalog,
): Need[] {
  const permissions = findAction(action)?.permissions(parameters, on) ?? [];
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
