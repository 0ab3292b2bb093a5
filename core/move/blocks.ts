import type { MoveSpec } from "../../events/moves/move.ts";
import { readField, readList, readOwn } from "../json/read-json.ts";
import { nameObject, type SetObject } from "./set-object.ts";

/** Annotations that hold a move up until they are taken away, whatever their value. */
const KNOWN_BLOCKS: readonly string[] = [
  "kubemend.dev/block-move",
  "clusterctl.cluster.x-k8s.io/block-move",
];

/** A Job that has not ended, and the CronJob that moves: it would be deleted with that, and nothing makes it again. */
export type RunningJob = { readonly object: string; readonly job: string };

/** A thing that holds a move up: an annotation of an object, or a Job of it that runs. */
export type Block = BlockAnnotation | RunningJob;
type BlockAnnotation = { readonly object: string; readonly annotation: string };

/** Whether a Job has succeeded or failed. Total on any JSON. */
export function hasEnded(job: unknown): boolean {
  return readList(readField(job, "status", "conditions")).some(
    (one) =>
      ["Complete", "Failed"].includes(String(readOwn(one, "type"))) &&
      readOwn(one, "status") === "True",
  );
}

/** Objects that hold a move up, each with the first annotation that does. */
export function findBlocked(
  objects: readonly SetObject[],
  { blocks = [] }: Pick<MoveSpec, "blocks">,
): readonly BlockAnnotation[] {
  const names = [...KNOWN_BLOCKS, ...blocks];
  return objects.flatMap((object) => {
    const annotation = names.find((name) => Object.hasOwn(object.annotations, name));
    return annotation === undefined ? [] : [{ object: nameObject(object), annotation }];
  });
}
