import { findAction } from "../../actions/registry.ts";
import { toTargetResources, type TargetParameter } from "../../actions/contract/target.ts";
import { isObject, readField, readList, readOwn } from "../../json/read-json.ts";
import { builtinCatalog } from "../../references/builtin.ts";
import { findResource } from "../../references/find-resource.ts";
import { toResourceName } from "../../references/resource-name.ts";

/** A parameter of an action that selects its target among the references of the trigger, as written. */
type Pointer = {
  readonly action: string;
  readonly selector: Readonly<Record<string, unknown>>;
};

/**
 * The first action with many targets that are selected by what the trigger says, `{cel: ...}`, and by nothing else: a text of the trigger
 * may be any namespace, and may contain any selector.
 */
export function findPointerSelection(rule: Readonly<Record<string, unknown>>): string | undefined {
  const entries = ["then", "onFailure"].flatMap((stage) => readList(rule[stage]));
  for (const [action, parameters] of entries.filter(isObject).flatMap(Object.entries)) {
    const select = readField(parameters, "targets", "select");
    if (!isObject(select) || typeof select["where"] === "string") continue;
    if (Object.values(select).some(isObject)) return action;
  }
  return undefined;
}

/**
 * The first action whose target is an object that the trigger merely names, and that may lie outside the trigger's namespace if the rule
 * has a `reach`. Whoever may write the trigger may name any object: a subject, an involved object, or a Node as an owner. An owner in a
 * namespace is always in that of its dependent, so it is none of these.
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/owners-dependents/
 */
export function findPointerTarget(rule: Readonly<Record<string, unknown>>): Pointer | undefined {
  return ["then", "onFailure"]
    .flatMap((stage) => readList(rule[stage]))
    .flatMap(toPointers)
    .find((pointer) => !isNamespacedOwner(pointer));
}

/** Every parameter that selects a reference. */
function toPointers(entry: unknown): readonly Pointer[] {
  if (!isObject(entry)) return [];
  return Object.entries(entry).flatMap(([action, parameters]) =>
    isObject(parameters)
      ? Object.values(parameters).flatMap((value) =>
          isObject(value) && typeof readOwn(value, "relation") === "string"
            ? [{ action, selector: value }]
            : [],
        )
      : [],
  );
}

function isNamespacedOwner({ action, selector }: Pointer): boolean {
  const { relation } = selector;
  if (relation !== "owner" && relation !== "controller") return false;
  const targets = findAction(action)?.targets;
  // Only the actions that create a Job of a CronJob have no `targets`.
  if (targets === undefined) return true;
  const target = selector as Exclude<TargetParameter, "trigger">;
  const resources = toTargetResources(target, targets, { group: "", resource: "" });
  return (
    resources.length > 0 &&
    resources.every(({ group, resource }) => {
      const name = toResourceName({ group, resource });
      return findResource(builtinCatalog(), name)?.namespaced === true;
    })
  );
}
