import { readField, readTextMap } from "../json/read-json.ts";
import { COPY_MARKS, isOwnMark } from "../mirror/provenance.ts";
import { CAUSE_ANNOTATIONS } from "../operations/loops/cause-annotations.ts";
import {
  MOVED_BY_ANNOTATION,
  MOVED_FROM_ANNOTATION,
  MOVED_MARK_ANNOTATION,
  MOVED_UID_ANNOTATION,
} from "./marks.ts";

/** The marks that Kubemend has written on the object in its own cluster: as a mirror's copy, by a remediation, and by an earlier move. */
const WRITTEN: ReadonlySet<string> = new Set([
  ...CAUSE_ANNOTATIONS,
  ...COPY_MARKS,
  MOVED_BY_ANNOTATION,
  MOVED_FROM_ANNOTATION,
  MOVED_MARK_ANNOTATION,
  MOVED_UID_ANNOTATION,
]);

/**
 * The labels or annotations of Kubemend that people have given an object, such as `kubemend.dev/remediate`: unlike a copy of a mirror, a copy of
 * a move takes the place of its source, so its owner's decisions have to be on it.
 */
export function readGivenMarks(
  object: unknown,
  field: "labels" | "annotations",
): Readonly<Record<string, string>> {
  const marks = readTextMap(readField(object, "metadata", field));
  return Object.fromEntries(
    Object.entries(marks).filter(([key]) => isOwnMark(key) && !WRITTEN.has(key)),
  );
}
