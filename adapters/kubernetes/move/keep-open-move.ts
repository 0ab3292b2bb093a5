import { isMoveEnded, type Move } from "../../../events/moves/move.ts";
import { readField, readList } from "../../../core/json/read-json.ts";

/**
 * The part of a Move that many are kept with at the same time; undefined if it has ended. Everybody who may create Moves determines how many there
 * are, and how large their annotations are.
 */
export function keepOpenMove(move: Move): Move | undefined {
  if (isMoveEnded(move)) return undefined;
  const { annotations: _annotations, managedFields, ...metadata } = move.metadata;
  const times = readList(managedFields).map((entry) => ({
    time: readField(entry, "time"),
    subresource: readField(entry, "subresource"),
  }));
  return { ...move, metadata: { ...metadata, managedFields: times } };
}
