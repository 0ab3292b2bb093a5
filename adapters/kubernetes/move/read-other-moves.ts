import type { Move } from "../../../events/moves/move.ts";
import { MOVE_LABEL, type MoveSteps } from "../../../events/moves/move-steps.ts";
import { isKubemendError } from "../../../core/errors.ts";
import type { KubernetesClient } from "../http/client.ts";
import { toResourcePath } from "../api/path.ts";
import { keepOpenMove } from "./keep-open-move.ts";
import { listStored, type StoredKind } from "../api/stored-objects.ts";
import { RECORD_GROUP, RECORD_VERSION } from "../../../events/remediation.ts";

type Kind<T> = StoredKind<T> & { readonly resource: string };

/** The uids of so many Moves fit into the selector of one list. */
const MOST_SELECTED = 50;

/**
 * The objects of other Moves of the cluster that have not ended, by their uids, with the names of these: `NAME`, or `NAMESPACE/NAME`
 * of another namespace. An installation in each of several namespaces may move objects of one cluster. Without the right to list Moves of all
 * namespaces only those of the own one are known.
 */
export async function readOtherMoves(
  deps: {
    readonly client: KubernetesClient;
    readonly moves: Kind<Move>;
    readonly steps: Kind<MoveSteps>;
  },
  move: Move,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  try {
    return await read(deps, move, undefined, signal);
  } catch (error) {
    if (!isKubemendError(error, "Forbidden")) throw error;
    return read(deps, move, move.metadata.namespace, signal);
  }
}

async function read(
  { client, moves, steps }: Parameters<typeof readOtherMoves>[0],
  { metadata: { uid, namespace: own } }: Move,
  namespace: string | undefined,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const list = <T>(
    kind: Kind<T>,
    labelSelector?: string,
    keep?: (object: T) => T | undefined,
  ): Promise<readonly T[]> => {
    const address = { group: RECORD_GROUP, version: RECORD_VERSION, resource: kind.resource };
    const path = toResourcePath({ ...address, namespace: namespace ?? null });
    return listStored(kind, { client, path }, { labelSelector }, signal, keep);
  };
  const others = await list(moves, undefined, (one) =>
    one.metadata.uid === uid ? undefined : keepOpenMove(one),
  );
  const known = new Map(others.map((one) => [one.metadata.uid, one]));
  const uids = [...known.keys()];
  const objects = new Map<string, string>();
  for (let at = 0; at < uids.length; at += MOST_SELECTED) {
    const some = uids.slice(at, at + MOST_SELECTED).join(",");
    for (const { spec } of await list(steps, `${MOVE_LABEL} in (${some})`)) {
      const other = known.get(spec.move.uid);
      // A plan that was replaced has nothing. One that is stored meanwhile sees the objects of this Move.
      if (other === undefined || spec.plan !== other.status?.plan) continue;
      for (const object of spec.objects) objects.set(object.uid, toName(other.metadata, own));
    }
  }
  return objects;
}

function toName({ name, namespace }: Move["metadata"], own: string): string {
  return namespace === own ? name : `${namespace}/${name}`;
}
