import type { KubernetesObject, ResourceType } from "../../../events/change.ts";
import type { MoveSpec } from "../../../events/moves/move.ts";
import { isKubemendError } from "../../../core/errors.ts";
import { forEachConcurrently } from "../../../core/for-each-concurrently.ts";
import { findBond } from "../../../core/mirror/bound-to-cluster.ts";
import { findPause } from "../../../core/move/pauses.ts";
import { findClaims } from "../../../core/move/plan/claim-templates.ts";
import { findDroppedFields } from "../../../core/move/plan/dropped-fields.ts";
import {
  findLeftReferences,
  toMembers,
  type Members,
} from "../../../core/move/plan/left-references.ts";
import type { OwnedSet } from "../../../core/move/plan/owned-set.ts";
import { findPauseFault } from "../../../core/move/plan/pause-fault.ts";
import type {
  OtherObjects,
  PlanReads,
  UnseenResource,
  WholeFacts,
} from "../../../core/move/plan/plan-input.ts";
import { readPodLabels } from "../../../core/move/plan/pod-selectors.ts";
import {
  findReferrers,
  mayRefer,
  toStaying,
  type StayingObject,
} from "../../../core/move/plan/referrers.ts";
import { nameObject, type SetObject } from "../../../core/move/set-object.ts";
import { toResourceName } from "../../../core/references/resource-name.ts";
import { readObjects } from "../api/objects.ts";
import type { KubernetesClient } from "../http/client.ts";
import { MOST_LISTS } from "./list-set-objects.ts";

/** Objects of one resource in one namespace: they are read by pages. */
export type Collection = {
  readonly resource: string;
  readonly namespace: string | null;
  readonly type: ResourceType;
  /** Those that move. */
  readonly members: readonly SetObject[];
};

/** The most objects of a collection that is read only to find references. */
const MOST_OBJECTS = 5_000;

type Reading = {
  readonly client: KubernetesClient;
  readonly spec: MoveSpec;
  readonly members: Members;
  /** The objects that stay, by uid. */
  readonly staying: ReadonlySet<string>;
  readonly wholes: Map<string, WholeFacts>;
  readonly found: StayingObject[];
  readonly unseen: UnseenResource[];
};

/**
 * The facts about the objects of a set that only the whole objects have, and the references of other objects to them. A resource that
 * cannot be read only for these is named.
 */
export async function readWholes(
  client: KubernetesClient,
  {
    spec,
    set,
    others,
    collections,
  }: {
    readonly spec: MoveSpec;
    readonly set: OwnedSet;
    readonly others: readonly OtherObjects[];
    readonly collections: readonly Collection[];
  },
  signal: AbortSignal,
): Promise<Pick<PlanReads, "wholes" | "referrers" | "unseen">> {
  const { members, remade } = set;
  const moving = new Set([...members, ...remade].map(({ uid }) => uid));
  const staying = others.flatMap(({ type, uids }) =>
    mayRefer(toResourceName(type)) ? uids.filter((uid) => !moving.has(uid)) : [],
  );
  const reading: Reading = {
    client,
    spec,
    members: toMembers(
      members.map(({ type: { kind }, namespace, name }) => ({ kind, namespace, name })),
    ),
    staying: new Set(staying),
    wholes: new Map(),
    found: [],
    unseen: [],
  };
  await forEachConcurrently(collections, MOST_LISTS, (one) => readCollection(reading, one, signal));
  const further = members.length === 0 ? [] : toFurther(reading, others, collections);
  await forEachConcurrently(further, MOST_LISTS, (one) => tryCollection(reading, one, signal));
  const pods = members.flatMap((member) => {
    const labels = reading.wholes.get(member.uid)?.podLabels;
    const { namespace } = member;
    return labels === undefined ? [] : [{ name: nameObject(member), namespace, labels }];
  });
  const { wholes, found, unseen } = reading;
  return { wholes, referrers: findReferrers(found, pods), unseen };
}

/** The collections with objects that stay, in which nothing moves. */
function toFurther(
  { staying, unseen }: Reading,
  others: readonly OtherObjects[],
  collections: readonly Collection[],
): readonly Collection[] {
  const read = new Set(collections.map(toKey));
  return others.flatMap(({ type, namespace, uids, total }) => {
    const resource = toResourceName(type);
    const collection = { resource, namespace, type, members: [] };
    if (read.has(toKey(collection)) || !uids.some((uid) => staying.has(uid))) return [];
    if (total <= MOST_OBJECTS) return [collection];
    unseen.push({ resource, reason: `there are ${total} of them` });
    return [];
  });
}

function toKey({ resource, namespace }: Collection): string {
  return JSON.stringify([resource, namespace]);
}

async function tryCollection(
  reading: Reading,
  collection: Collection,
  signal: AbortSignal,
): Promise<void> {
  try {
    await readCollection(reading, collection, signal);
  } catch (error) {
    // Without a status the cluster was not reached.
    if (!isKubemendError(error) || error.status === undefined) throw error;
    reading.unseen.push({ resource: collection.resource, reason: error.message });
  }
}

async function readCollection(
  reading: Reading,
  { resource, namespace, type, members }: Collection,
  signal: AbortSignal,
): Promise<void> {
  const wanted = new Map(members.map((member) => [member.uid, member]));
  for await (const object of readObjects(reading.client, { ...type, namespace }, signal)) {
    const { uid, name, namespace: own = null } = object.metadata;
    const member = wanted.get(uid);
    if (member !== undefined) reading.wholes.set(uid, toWhole(reading, member, object, resource));
    else if (reading.staying.has(uid)) {
      const place = { type, namespace: own, name };
      const named = { name: nameObject(place), namespace: own, resource };
      reading.found.push(toStaying(object, named, reading.members));
    }
  }
}

function toWhole(
  { spec, members }: Reading,
  member: SetObject,
  object: KubernetesObject,
  resource: string,
): WholeFacts {
  const { namespace } = member;
  const bond = findBond(object, resource);
  const pause = findPause(resource, spec.pause);
  const pauseFault = pause && findPauseFault(object, pause);
  const dropped = findDroppedFields(object, resource);
  const named = nameObject(member);
  const claims = findClaims(object, { named, namespace, name: member.name });
  const podLabels = readPodLabels(object, resource);
  return {
    left: [...claims, ...findLeftReferences(object, { name: named, namespace }, members)],
    ...(dropped.length === 0 ? {} : { dropped }),
    ...(claims.length === 0 ? {} : { claims }),
    ...(podLabels === undefined ? {} : { podLabels }),
    ...(bond === undefined ? {} : { bond }),
    ...(pauseFault === undefined ? {} : { pauseFault }),
  };
}
