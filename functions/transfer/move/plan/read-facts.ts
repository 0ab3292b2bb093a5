import type { MoveSpec } from "../../../../events/moves/move.ts";
import type { OpenCluster } from "../../../../adapters/clusters/open-clusters.ts";
import { getObject } from "../../../../adapters/kubernetes/api/objects.ts";
import { toNamespaceAddress } from "../../../../adapters/kubernetes/api/namespace-address.ts";
import {
  findMissingRights,
  listMoveRights,
} from "../../../../adapters/kubernetes/move/find-missing-rights.ts";
import { findRunningJobs } from "../../../../adapters/kubernetes/move/find-running-jobs.ts";
import { listSetObjects } from "../../../../adapters/kubernetes/move/list-set-objects.ts";
import { readWholes, type Collection } from "../../../../adapters/kubernetes/move/read-wholes.ts";
import { isKubemendError } from "../../../../core/errors.ts";
import { forEachConcurrently } from "../../../../core/for-each-concurrently.ts";
import { MOVED_UID_ANNOTATION } from "../../../../core/move/marks.ts";
import type { OwnedSet } from "../../../../core/move/plan/owned-set.ts";
import type {
  ChosenVersion,
  MissingRight,
  NamespaceState,
  OtherObjects,
  PlanReads,
  TakenPlace,
} from "../../../../core/move/plan/plan-input.ts";
import { nameResource, type SetObject } from "../../../../core/move/set-object.ts";
import { chooseMovedVersion } from "../../../../core/move/plan/choose-moved-version.ts";
import { MOST_AT_ONCE } from "../run/most-at-once.ts";
import type { MoveSides } from "../run/move-sides.ts";

/** The rights that a move needs on its objects. An apply that creates needs patch as well as create. */
const VERBS = {
  source: ["get", "list", "patch", "delete"],
  target: ["get", "list", "create", "patch", "delete"],
} as const;

/** Reads the facts of both clusters about the objects of a set. `otherMoves`: the Moves that have objects already, by their uids. */
export async function readFacts(
  sides: MoveSides,
  {
    spec,
    set,
    others,
    otherMoves,
    recordNamespace,
  }: {
    readonly spec: MoveSpec;
    readonly set: OwnedSet;
    /** Those that may refer to the objects of the set. */
    readonly others: readonly OtherObjects[];
    readonly otherMoves: ReadonlyMap<string, string>;
    readonly recordNamespace?: string | undefined;
  },
  signal: AbortSignal,
): Promise<PlanReads> {
  const versions = await chooseVersions(sides, set.members, signal);
  const collections = toCollections(set.members, versions);
  const [whole, taken, namespaces, missingRights, running] = await Promise.all([
    readWholes(sides.source.client, { spec, set, others, collections }, signal),
    readTaken(sides.target, { collections, versions }, signal),
    readNamespaces(sides.target, set.members, signal),
    readMissingRights(sides, { collections, recordNamespace }, signal),
    readRunning(sides.source, set, signal),
  ]);
  return { ...whole, versions, taken, namespaces, missingRights, otherMoves, running };
}

/** Without any Job of them, the Jobs need not be read as a whole. */
async function readRunning(
  { client }: OpenCluster,
  { members, remade }: OwnedSet,
  signal: AbortSignal,
): Promise<PlanReads["running"]> {
  if (!remade.some((object) => nameResource(object) === "jobs.batch")) return [];
  const cronJobs = members.filter((object) => nameResource(object) === "cronjobs.batch");
  return findRunningJobs(client, cronJobs, signal);
}

async function chooseVersions(
  { source, target }: MoveSides,
  members: readonly SetObject[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, ChosenVersion>> {
  const resources = [...new Set(members.map(nameResource))];
  const [from, to] = await Promise.all([
    source.discovery.catalog(signal),
    target.discovery.catalog(signal),
  ]);
  const chosen = resources.map((name) => [name, chooseMovedVersion(name, from, to)] as const);
  if (chosen.every(([, { ok }]) => ok)) return new Map(chosen);
  // A definition may have been installed since the target was asked what it serves.
  const fresh = await target.discovery.refresh(signal);
  return new Map(resources.map((name) => [name, chooseMovedVersion(name, from, fresh)]));
}

function toCollections(
  members: readonly SetObject[],
  versions: ReadonlyMap<string, ChosenVersion>,
): readonly Collection[] {
  const collections = new Map<string, Collection & { readonly members: SetObject[] }>();
  for (const member of members) {
    const resource = nameResource(member);
    const { namespace } = member;
    const key = JSON.stringify([resource, namespace]);
    const known = collections.get(key);
    if (known !== undefined) {
      known.members.push(member);
      continue;
    }
    const chosen = versions.get(resource);
    const type = chosen?.ok === true ? chosen.value : member.type;
    collections.set(key, { resource, namespace, type, members: [member] });
  }
  return [...collections.values()];
}

async function readTaken(
  { client }: OpenCluster,
  {
    collections,
    versions,
  }: {
    readonly collections: readonly Collection[];
    readonly versions: ReadonlyMap<string, ChosenVersion>;
  },
  signal: AbortSignal,
): Promise<ReadonlyMap<string, TakenPlace>> {
  const taken = new Map<string, TakenPlace>();
  const served = collections.filter(({ resource }) => versions.get(resource)?.ok === true);
  await forEachConcurrently(served, MOST_AT_ONCE, async ({ type, namespace, members }) => {
    const found = await listSetObjects(client, { type, namespace }, signal).catch(
      (error: unknown) => {
        // A missing right is reported with the rights.
        if (isKubemendError(error, "Forbidden") || isKubemendError(error, "NotFound")) return [];
        throw error;
      },
    );
    const byName = new Map(found.map((object) => [object.name, object]));
    for (const { uid, name } of members) {
      const there = byName.get(name);
      if (there === undefined) continue;
      const movedUid = there.annotations[MOVED_UID_ANNOTATION];
      const { isTerminating } = there;
      taken.set(uid, { isTerminating, ...(movedUid === undefined ? {} : { movedUid }) });
    }
  });
  return taken;
}

async function readNamespaces(
  { client }: OpenCluster,
  members: readonly SetObject[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, NamespaceState>> {
  const names = members.flatMap(({ namespace }) => (namespace === null ? [] : [namespace]));
  const states = new Map<string, NamespaceState>();
  await forEachConcurrently([...new Set(names)].toSorted(), MOST_AT_ONCE, async (name) => {
    const found = await getObject(client, toNamespaceAddress(name), signal);
    if (found === null) states.set(name, "missing");
    else
      states.set(name, found.metadata["deletionTimestamp"] === undefined ? "there" : "terminating");
  });
  return states;
}

async function readMissingRights(
  sides: MoveSides,
  {
    collections,
    recordNamespace,
  }: {
    readonly collections: readonly Collection[];
    readonly recordNamespace: string | undefined;
  },
  signal: AbortSignal,
): Promise<readonly MissingRight[]> {
  const missing = await Promise.all(
    (["source", "target"] as const).map(async (side) => {
      const rights = collections.flatMap(({ namespace, type: { group, resource } }) =>
        VERBS[side].map((verb) => ({ group, resource, verb, namespace })),
      );
      const own =
        side === "target" || recordNamespace === undefined ? [] : listMoveRights(recordNamespace);
      const lacking = await findMissingRights(sides[side].client, [...own, ...rights], signal);
      return lacking.map(({ verb, namespace, group, resource, subresource }) => {
        const name = group === "" ? resource : `${resource}.${group}`;
        const whole = subresource === undefined ? name : `${resource}/${subresource}.${group}`;
        return { side, verb, resource: whole, namespace };
      });
    }),
  );
  return missing.flat();
}
