import {
  AT_ANNOTATION,
  CAUSE_ANNOTATION,
  CHANGED_BY_ANNOTATION,
  DEPTH_ANNOTATION,
  DIGEST_ANNOTATION,
  RECORD_ANNOTATION,
  RULES_ANNOTATION,
} from "../operations/loops/cause-annotations.ts";
import { readField, readTextMap } from "../json/read-json.ts";

const OWN = "kubemend.dev/";

/** What Kubemend has written about the object in its own cluster: as a mirror's copy, by a remediation, and by an earlier move. */
const WRITTEN: ReadonlySet<string> = new Set([
  AT_ANNOTATION,
  CAUSE_ANNOTATION,
  CHANGED_BY_ANNOTATION,
  DEPTH_ANNOTATION,
  DIGEST_ANNOTATION,
  RECORD_ANNOTATION,
  RULES_ANNOTATION,
  ...[
    "drift",
    "dropped-owners",
    "installation",
    "mirror-digest",
    "mirrored-by",
    "moved-by",
    "moved-from",
    "moved-uid",
    "source-cluster",
    "source-object",
    "source-uid",
    "source-version",
  ].map((name) => `${OWN}${name}`),
]);

/**
 * The labels or annotations of Kubemend that people have given an object, such as `kubemend.dev/remediate`: unlike a copy of a mirror, a copy of
 * a move takes the place of its source, so its owner's decisions have to be on it.
 */
export function readOwnMarks(
  object: unknown,
  field: "labels" | "annotations",
): Readonly<Record<string, string>> {
  const marks = readTextMap(readField(object, "metadata", field));
  return Object.fromEntries(
    Object.entries(marks).filter(([key]) => key.startsWith(OWN) && !WRITTEN.has(key)),
  );
}
