import type { MovePause, MoveSpec } from "../../../events/moves/move.ts";
import type { MovedObject } from "../../../events/moves/move-steps.ts";
import { toResourceName } from "../../references/resource-name.ts";
import type { MoveGrant } from "../pipeline.ts";

/** An object of a move, as far as an entry of `moves` is about it. */
export type DeclaredObject = Pick<MovedObject, "group" | "resource" | "namespace">;

type Asked = {
  /** The name of the target in the pipeline. */
  readonly target: string;
  readonly spec: Omit<MoveSpec, "target">;
  /** The objects that move, as far as they are known. */
  readonly objects: readonly DeclaredObject[];
};

/**
 * The reason for which no entry of `moves` covers a Move; undefined if one does. Whoever may create a Move has it carried out with the rights of a function,
 * so that it must not contain anything that the pipeline does not allow.
 */
export function findUndeclared(grants: readonly MoveGrant[], asked: Asked): string | undefined {
  const towards = grants.filter(({ to }) => to.includes(asked.target));
  if (towards.length === 0) return `no entry of moves in the pipeline is to ${asked.target}`;
  const faults: string[] = [];
  for (const grant of towards) {
    const fault = findFault(grant, asked);
    if (fault === undefined) return undefined;
    faults.push(fault);
  }
  const [only = ""] = faults;
  if (faults.length === 1)
    return `the entry of moves to ${asked.target} does not allow it: ${only}`;
  return `none of the ${faults.length} entries of moves to ${asked.target} allows all of it: ${faults.join("; ")}`;
}

/**
 * The finalizers of a Move that functions take off: those that an entry of `moves` names which covers the rest of it. Of several such entries, one
 * that allows the most; together they would be more than either of them means.
 */
export function findAllowedFinalizers(
  grants: readonly MoveGrant[],
  { target, spec, objects }: Asked,
): readonly string[] {
  const { removeFinalizers: asked = [], ...rest } = spec;
  let most: readonly string[] = [];
  for (const grant of grants) {
    if (!grant.to.includes(target)) continue;
    const allowed = toAllowed(asked, grant.removeFinalizers);
    if (allowed.length <= most.length) continue;
    if (findFault(grant, { target, spec: rest, objects }) === undefined) most = allowed;
  }
  return most;
}

function toAllowed(asked: readonly string[], allowed: readonly string[] = []): readonly string[] {
  if (allowed.includes("*")) return asked;
  return asked.includes("*") ? allowed : asked.filter((one) => allowed.includes(one));
}

/** Options that let more be done to objects than moving them. */
const OPTIONS = [
  ["createNamespaces", "namespaces be created"],
  ["leaveOwned", "owned objects be left behind without their owner"],
  ["dropOwners", "owners be left out of the copies"],
] as const;

function findFault(grant: MoveGrant, { spec, objects }: Asked): string | undefined {
  const { namespaces } = grant;
  const wide = spec.select.find(({ namespace }) => !isIn(namespaces, namespace));
  if (wide !== undefined) return describeNamespace(wide.namespace);
  const pause = spec.pause?.find(
    (one) => grant.pause?.some((other) => isSame(one, other)) !== true,
  );
  if (pause !== undefined) {
    return `its pause does not name ${pause.resource} with ${pause.field ?? pause.annotation ?? ""}`;
  }
  const finalizer = findOther(spec.removeFinalizers, grant.removeFinalizers);
  if (finalizer !== undefined) return `its removeFinalizers does not name ${finalizer}`;
  const remade = findOther(spec.remade, grant.remade);
  if (remade !== undefined) return `its remade does not name ${remade}`;
  const option = OPTIONS.find(([key]) => spec[key] === true && grant[key] !== true);
  if (option !== undefined) return `it does not let ${option[1]} (${option[0]})`;
  for (const object of objects) {
    const resource = toResourceName(object);
    if (!grant.resources.includes(resource)) return `its resources do not name ${resource}`;
    if (!isIn(namespaces, object.namespace)) return describeNamespace(object.namespace);
  }
  return undefined;
}

function isSame(one: MovePause, other: MovePause): boolean {
  return (
    one.resource === other.resource &&
    one.field === other.field &&
    one.annotation === other.annotation
  );
}

function isIn(namespaces: readonly string[] | undefined, namespace: string | undefined): boolean {
  return namespaces === undefined || (namespace !== undefined && namespaces.includes(namespace));
}

function describeNamespace(namespace: string | undefined): string {
  return namespace === undefined
    ? "its namespaces do not include objects of all namespaces, or in none"
    : `its namespaces do not include ${namespace}`;
}

function findOther(
  asked: readonly string[] | undefined,
  allowed: readonly string[] = [],
): string | undefined {
  return allowed.includes("*") ? undefined : asked?.find((one) => !allowed.includes(one));
}
