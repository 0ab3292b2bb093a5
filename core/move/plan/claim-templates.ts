import type { LeftReference } from "../../../events/moves/move.ts";
import { readField, readList } from "../../json/read-json.ts";

/** The volumes that an object has claimed for each of its Pods, as a StatefulSet does. Total on any JSON. */
export function findClaims(
  object: unknown,
  {
    named,
    namespace,
    name,
  }: { readonly named: string; readonly namespace: string | null; readonly name: string },
): readonly LeftReference[] {
  return readList(readField(object, "spec", "volumeClaimTemplates")).flatMap((template, at) => {
    const claim = readField(template, "metadata", "name");
    if (typeof claim !== "string") return [];
    const place = `${namespace === null ? "" : `${namespace}/`}${claim}-${name}-*`;
    const field = `spec.volumeClaimTemplates[${at}]`;
    return [{ object: named, field, refersTo: `PersistentVolumeClaim ${place}` }];
  });
}
