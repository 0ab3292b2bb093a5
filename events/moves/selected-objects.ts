import { RECORD_GROUP } from "../remediation.ts";
import { MOVE_RESOURCE, type MoveSpec } from "./move.ts";

type Target = { readonly target: { readonly group: string; readonly resource: string } };

/** An object, or all of a collection. */
type SelectedObject = {
  readonly group: string;
  readonly resource: string;
  /** The resource: a Move does not say the kind. */
  readonly kind: string;
  readonly namespace: string | null;
  readonly name?: string | undefined;
};

/** Whether an operation is about a Move. */
export function isMove({ target }: Target): boolean {
  return target.group === RECORD_GROUP && target.resource === MOVE_RESOURCE;
}

/** The spec of the Move that an operation creates; undefined if it creates something else. */
export function readMoveSpec(operation: Target & { readonly spec: unknown }): MoveSpec | undefined {
  // An action of ours has made it.
  return isMove(operation) ? (operation.spec as MoveSpec) : undefined;
}

/**
 * The objects that a Move selects, as far as it names them. An object in no namespace may own objects in any: with these, it is all of its
 * resource that is meant, so that only a rule that reaches the whole cluster covers it.
 */
export function toSelectedObjects({ select }: MoveSpec): readonly SelectedObject[] {
  return select.map(({ resource: named, namespace = null, name, withOwned }) => {
    const [resource = "", ...group] = named.split(".");
    const isOne = namespace !== null || withOwned !== true;
    const address = { group: group.join("."), resource, kind: named, namespace };
    return isOne ? { ...address, name } : address;
  });
}

/** `clusters.cluster.x-k8s.io shop/web with all that it owns, to backup-eu` */
export function describeSelected({ select, target }: MoveSpec): string {
  const what = select.map(({ resource, namespace, name, labelSelector, withOwned }) => {
    const at = namespace === undefined ? "" : `${namespace}/`;
    const by = name === undefined ? `${at}* with ${labelSelector ?? "any labels"}` : `${at}${name}`;
    return `${resource} ${by}${withOwned === true ? " with all that it owns" : ""}`;
  });
  return `${what.join(" and ")}, to ${target.cluster ?? target.uid ?? ""}`;
}
