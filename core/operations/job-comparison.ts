import { isRawInteger } from "../../events/json.ts";
import { toCanonicalJson } from "../json/canonical-json.ts";
import { isObject, readField, readTextMap } from "../json/read-json.ts";
import { formatChangePath } from "./change-path.ts";
import { containsAll } from "./contains-all.ts";
import {
  APPLIED_ANNOTATION,
  toAppliedDigest,
  toFixedFields,
  withoutGenerated,
  type JobManifest,
} from "./job-manifest.ts";

/** A field that only a new Job can have otherwise; undefined = there is no such field. */
export type JobDifference = {
  readonly path: string;
  readonly live: unknown;
  readonly wanted: unknown;
};

/**
 * Whether a live Job was made of this manifest, as it says itself: what was written is unchanged, even if a webhook would make something
 * else of it now. The annotation may have been copied to another Job, so everything that is written must be there.
 */
export function isAppliedFrom(live: unknown, manifest: JobManifest): boolean {
  const annotations = readTextMap(readField(live, "metadata", "annotations"));
  return (
    annotations[APPLIED_ANNOTATION] === toAppliedDigest(manifest) &&
    containsAll(readField(live, "spec"), toFixedFields(manifest.spec))
  );
}

/**
 * The differences between a live Job and the one that the API server would make of the manifest now, with its defaults and webhooks
 * (`probe`: the answer to a dry run). A field that differs between two such answers depends on the name, the time or chance, and counts
 * for nothing.
 */
export function findJobDifferences(
  live: unknown,
  probe: unknown,
  again: unknown = probe,
): readonly JobDifference[] {
  const [is, wanted, repeated] = [toFields(live), toFields(probe), toFields(again)];
  const paths = new Set([...is.keys(), ...wanted.keys()]);
  return [...paths].flatMap((path) => {
    const differs = !isSame(is.get(path), wanted.get(path));
    const isStable = isSame(wanted.get(path), repeated.get(path));
    return differs && isStable ? [{ path, live: is.get(path), wanted: wanted.get(path) }] : [];
  });
}

/**
 * The same without asking an API server: what is written and is otherwise in the live Job. A field that is no longer written is not noticed,
 * because it may be a default.
 */
export function findWrittenDifferences(
  live: unknown,
  manifest: JobManifest,
): readonly JobDifference[] {
  if (isAppliedFrom(live, manifest)) return [];
  return findJobDifferences(live, manifest).filter(({ wanted }) => wanted !== undefined);
}

/** Every value of the fields that only a new Job can have, by its path, without what the API server has generated. */
function toFields(job: unknown): ReadonlyMap<string, unknown> {
  const spec = readField(job, "spec");
  const fields = new Map<string, unknown>();
  if (!isObject(spec)) return fields;
  addFields(fields, "spec", withoutGenerated(toFixedFields(spec)));
  return fields;
}

function addFields(fields: Map<string, unknown>, path: string, value: unknown): void {
  if (Array.isArray(value)) {
    const list: readonly unknown[] = value;
    for (const [index, item] of list.entries()) addFields(fields, `${path}[${index}]`, item);
    if (list.length > 0) return;
  } else if (isObject(value) && !isRawInteger(value)) {
    const entries = Object.entries(value);
    for (const [key, item] of entries) {
      const step = formatChangePath([key]);
      addFields(fields, step.startsWith("[") ? `${path}${step}` : `${path}.${step}`, item);
    }
    // An empty map below the Pod template may mean something (emptyDir); an empty map of labels means the same as none.
    if (
      entries.length > 0 ||
      path.endsWith(".metadata.labels") ||
      path.endsWith(".metadata.annotations")
    )
      return;
  }
  if (value !== undefined && value !== null) fields.set(path, value);
}

function isSame(one: unknown, other: unknown): boolean {
  if (one === undefined || other === undefined) return one === other;
  return toCanonicalJson(one) === toCanonicalJson(other);
}
