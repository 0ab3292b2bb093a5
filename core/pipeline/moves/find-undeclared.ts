import type { MovePause, MoveSpec } from "../../../events/moves/move.ts";
import type { MovedObject } from "../../../events/moves/move-steps.ts";
import { toResourceName } from "../../references/resource-name.ts";
import type { MoveGrant } from "../pipeline.ts";
import type { PlacedGrant } from "./find-grants.ts";

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
 * The reason for which no entry of `moves` covers a Move, with all that the nearest entry lacks; undefined if one covers it. Everybody who may
 * create a Move has it carried out with the rights of a function, so that it must not contain anything that the pipeline does not allow.
 */
export function findUndeclared(grants: readonly PlacedGrant[], asked: Asked): string | undefined {
  const towards = grants.filter(({ to }) => to.includes(asked.target));
  const missing = towards.map((grant) => ({ at: grant.at, faults: findFaults(grant, asked) }));
  const [nearest] = missing.toSorted((one, other) => one.faults.length - other.faults.length);
  if (nearest === undefined) return `no entry of moves in the pipeline is to ${asked.target}`;
  const { at, faults } = nearest;
  if (faults.length === 0) return undefined;
  const rest = faults.length - MOST_FAULTS;
  const more = rest > 0 ? `; and ${rest} more` : "";
  const lacks = `${faults.slice(0, MOST_FAULTS).join("; ")}${more}`;
  if (towards.length === 1) {
    return `the entry of moves to ${asked.target}, moves[${at}], does not allow it: ${lacks}`;
  }
  return `none of the ${towards.length} entries of moves to ${asked.target} allows all of it. The nearest one is moves[${at}]: ${lacks}`;
}

/** The faults of an entry that are said; the rest is counted. */
const MOST_FAULTS = 5;

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
    if (findFaults(grant, { target, spec: rest, objects }).length === 0) most = allowed;
  }
  return most;
}

function toAllowed(asked: readonly string[], allowed: readonly string[] = []): readonly string[] {
  if (allowed.includes("*")) return asked;
  return asked.includes("*") ? allowed : asked.filter((one) => allowed.includes(one));
}

/** Options that let more be done to objects than moving them. */
const OPTIONS = [
  ["leaveData", "StatefulSets move without their volumes"],
  ["createNamespaces", "namespaces be created"],
  ["leaveOwned", "owned objects be left behind without their owner"],
  ["dropOwners", "owners be left out of the copies"],
] as const;

/** All that an entry lacks, each once. */
function findFaults(grant: MoveGrant, { spec, objects }: Asked): readonly string[] {
  const { namespaces } = grant;
  const faults = [
    ...[...spec.select, ...objects]
      .filter(({ namespace }) => !isIn(namespaces, namespace))
      .map(({ namespace }) => describeNamespace(namespace)),
    ...objects
      .map(toResourceName)
      .filter((resource) => !grant.resources.includes(resource))
      .map((resource) => `its resources do not name ${resource}`),
    ...(spec.pause ?? [])
      .filter((one) => grant.pause?.some((other) => isSame(one, other)) !== true)
      .map(
        ({ resource, field, annotation = "" }) =>
          `its pause does not name ${resource} with ${field ?? annotation}`,
      ),
    ...findOthers(spec.removeFinalizers, grant.removeFinalizers).map(
      (finalizer) => `its removeFinalizers does not name ${finalizer}`,
    ),
    ...findOthers(spec.remade, grant.remade).map(
      (resource) => `its remade does not name ${resource}`,
    ),
    ...OPTIONS.filter(([key]) => spec[key] === true && grant[key] !== true).map(
      ([key, what]) => `it does not let ${what} (${key})`,
    ),
  ];
  return [...new Set(faults)];
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

function findOthers(
  asked: readonly string[] = [],
  allowed: readonly string[] = [],
): readonly string[] {
  return allowed.includes("*") ? [] : asked.filter((one) => !allowed.includes(one));
}
