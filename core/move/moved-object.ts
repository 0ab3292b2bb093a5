import type { MovedObject } from "../../events/moves/move-steps.ts";
import type { ObjectAddress } from "../operations/operation.ts";

/** The address of an object of a move, in both clusters. */
export function toMovedAddress(object: MovedObject): ObjectAddress {
  const { group, version, resource, kind, namespace, name } = object;
  return { group, version, resource, kind, namespace: namespace ?? null, name };
}

/** `Machine shop/web-1`: an object of a move, for people. */
export function nameMoved(object: Pick<MovedObject, "kind" | "namespace" | "name">): string {
  const { kind, namespace, name } = object;
  return namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}

/** Objects that a text names; the rest is counted. */
const MOST_NAMED = 10;

/** `A, B and 3 more` */
export function nameFew(names: readonly string[]): string {
  const rest = names.length - MOST_NAMED;
  const more = rest > 0 ? ` and ${rest} more` : "";
  return `${names.slice(0, MOST_NAMED).join(", ")}${more}`;
}
