import { MOVE_STEPS_MAX_BYTES, type MovedObject } from "../../events/moves/move-steps.ts";

/** The room for the values of each object that are stored later: the uid of its copy, the value before the pause, its state. */
const RESERVED_BYTES = 160;
/** The room for what the stored part has besides its objects. */
const HEAD_BYTES = 4_000;
/** The largest number of objects that the definition allows. */
const MAX_OBJECTS = 500;

/** The objects in parts that stay below the size of a MoveSteps, in their order. */
export function toChunks(objects: readonly MovedObject[]): readonly (readonly MovedObject[])[] {
  const chunks: MovedObject[][] = [];
  let left = 0;
  for (const object of objects) {
    const size = Buffer.byteLength(JSON.stringify(object)) + RESERVED_BYTES;
    const current = chunks.at(-1);
    if (current === undefined || size > left || current.length === MAX_OBJECTS) {
      chunks.push([object]);
      left = MOVE_STEPS_MAX_BYTES - HEAD_BYTES - size;
    } else {
      current.push(object);
      left -= size;
    }
  }
  return chunks;
}
