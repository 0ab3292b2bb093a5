import type { MoveProblem, MoveSpec } from "../../../events/moves/move.ts";
import { parseFieldPath } from "../../json/field-path.ts";
import { isObject, readField } from "../../json/read-json.ts";
import { mayDestroy } from "../finalizers.ts";
import { findPause } from "../pauses.ts";
import { nameObject, nameResource, type SetObject } from "../set-object.ts";

/** The longest value of an annotation that is kept. */
const MAX_BEFORE = 1_000;

/** Why an object cannot be paused at this place; undefined if it can. Total on any JSON. */
export function findPauseFault(
  object: unknown,
  { field, annotation }: { readonly field?: string; readonly annotation?: string },
): string | undefined {
  if (annotation !== undefined) {
    const value = readField(object, "metadata", "annotations", annotation);
    return typeof value === "string" && value.length > MAX_BEFORE
      ? `the value of its annotation ${annotation} is longer than ${MAX_BEFORE} characters and cannot be kept`
      : undefined;
  }
  const path = parseFieldPath(field ?? "");
  if (!path.ok) return `${field} is not the path of a field: ${path.error}`;
  if (path.value.some((part) => typeof part !== "string")) {
    return `${field} leads into a list, where nothing can be paused`;
  }
  const parts = path.value.map(String);
  for (let depth = 1; depth < parts.length; depth += 1) {
    const above = readField(object, ...parts.slice(0, depth));
    if (above !== undefined && above !== null && !isObject(above)) {
      return `${parts.slice(0, depth).join(".")} is no object that could have ${field}`;
    }
  }
  const value = readField(object, ...parts);
  return value === undefined || value === null || typeof value === "boolean"
    ? undefined
    : `its field ${field} is no boolean`;
}

/**
 * The finalizers of objects that nothing pauses, neither itself nor one of its owners: when the source is deleted, the controller of such a
 * finalizer may delete the very thing that the copy stands for, too. Accepted is a finalizer that the Move names; "*" is no name.
 */
export function findUnpausedFinalizers(
  members: readonly SetObject[],
  { pause, removeFinalizers = [] }: Pick<MoveSpec, "pause" | "removeFinalizers">,
): readonly Omit<MoveProblem, "since" | "step">[] {
  const held = findHeld(members, pause);
  const unpaused = members
    .filter(({ uid }) => !held.has(uid))
    .flatMap((object) =>
      [...new Set(object.finalizers)].map((finalizer) => ({ finalizer, object })),
    )
    .filter(({ finalizer }) => mayDestroy(finalizer) && !removeFinalizers.includes(finalizer));
  const byFinalizer = Map.groupBy(unpaused, ({ finalizer }) => finalizer);
  return [...byFinalizer].flatMap(([finalizer, [first, ...others]]) => {
    if (first === undefined) return [];
    const more = others.length === 0 ? "" : ` (and ${others.length} more with that finalizer)`;
    return [
      {
        code: "MayDestroy",
        object: nameObject(first.object),
        reason: `nothing pauses it${more}, so the controller of its finalizer ${finalizer} may delete what it stands for, such as a bucket or what it has deployed, when the source is deleted`,
        wayOut: `name a pause that this controller heeds (pause, --pause, --pause-annotation); or, if it deletes nothing that the target needs, name the finalizer (removeFinalizers, --remove-finalizer ${finalizer}), for which "*" is not enough`,
      },
    ];
  });
}

/** The uids of objects that have a pause, and of what they own, directly or not: their controllers heed the pause of the owner. */
function findHeld(members: readonly SetObject[], pause: MoveSpec["pause"]): ReadonlySet<string> {
  const held = new Set<string>();
  const owned = Map.groupBy(
    members.flatMap(({ uid, owners }) => owners.map((owner) => ({ owner: owner.uid, uid }))),
    ({ owner }) => owner,
  );
  const left = members.flatMap((object) =>
    findPause(nameResource(object), pause) === undefined ? [] : [object.uid],
  );
  for (let uid = left.pop(); uid !== undefined; uid = left.pop()) {
    if (held.has(uid)) continue;
    held.add(uid);
    left.push(...(owned.get(uid) ?? []).map((one) => one.uid));
  }
  return held;
}
