import type { MoveSpec } from "../../events/moves/move.ts";
import { nameObject, type SetObject } from "./set-object.ts";

/** Annotations that hold a move up until they are taken away, whatever their value. */
const KNOWN_BLOCKS: readonly string[] = [
  "kubemend.dev/block-move",
  "clusterctl.cluster.x-k8s.io/block-move",
];

/** Objects that hold a move up, each with the first annotation that does. */
export function findBlocked(
  objects: readonly SetObject[],
  { blocks = [] }: Pick<MoveSpec, "blocks">,
): readonly { readonly object: string; readonly annotation: string }[] {
  const names = [...KNOWN_BLOCKS, ...blocks];
  return objects.flatMap((object) => {
    const annotation = names.find((name) => Object.hasOwn(object.annotations, name));
    return annotation === undefined ? [] : [{ object: nameObject(object), annotation }];
  });
}
