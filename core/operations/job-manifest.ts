import type { KubernetesObject } from "../../events/change.ts";
import { sha256 } from "../../events/ids.ts";
import { toCanonicalJson } from "../json/canonical-json.ts";
import { isObject, readTextMap } from "../json/read-json.ts";

/** A Job as it is written: without what the API server adds. */
export type JobManifest = {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: Readonly<Record<string, unknown>>;
};

/** On a Job that was applied: the digest of what was written, by which an unchanged one is known whatever webhooks have made of it. */
export const APPLIED_ANNOTATION = "kubemend.dev/applied";

/**
 * The fields of a Job's specification that the API server lets anyone change after its creation (ValidateJobSpecUpdate of Kubernetes 1.30
 * to 1.36). The Pod template is not among them, although some of it may be changed while a Job is suspended.
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/job/
 */
export const CHANGEABLE_FIELDS: ReadonlySet<string> = new Set([
  "activeDeadlineSeconds",
  "backoffLimit",
  "maxFailedIndexes",
  "parallelism",
  "podReplacementPolicy",
  "suspend",
  "ttlSecondsAfterFinished",
]);

/** The fields of a specification that only a new Job can have. */
export function toFixedFields(
  spec: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(spec).filter(([key]) => !CHANGEABLE_FIELDS.has(key)));
}

/** Labels of the template that the API server derives from the Job's name and uid. */
const GENERATED_LABELS: ReadonlySet<string> = new Set([
  "job-name",
  "controller-uid",
  "batch.kubernetes.io/job-name",
  "batch.kubernetes.io/controller-uid",
]);
const OWN_ANNOTATION = /^([a-z0-9-]+\.)*kubemend\.dev\//;

/** A specification without the selector and the labels that the API server has generated, and without the annotations of Kubemend. */
export function withoutGenerated(
  spec: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const { manualSelector, selector: _selector, template, ...others } = spec;
  if (manualSelector === true) return spec;
  if (!isObject(template)) return { ...others, ...(template === undefined ? {} : { template }) };
  const { metadata, ...rest } = template;
  const { labels, annotations, ...more } = isObject(metadata) ? metadata : {};
  const kept = {
    ...more,
    labels: without(labels, (key) => GENERATED_LABELS.has(key)),
    annotations: without(annotations, (key) => OWN_ANNOTATION.test(key)),
  };
  return { ...others, template: { ...rest, metadata: kept } };
}

function without(map: unknown, isLeftOut: (key: string) => boolean): unknown {
  return Object.fromEntries(Object.entries(readTextMap(map)).filter(([key]) => !isLeftOut(key)));
}

/** A Job without what the API server has generated in its specification. */
export function withoutServerFields(job: KubernetesObject): KubernetesObject {
  const { spec } = job;
  return isObject(spec) ? { ...job, spec: withoutGenerated(spec) } : job;
}

/** The digest of what only a new Job can have. */
export function toAppliedDigest({ spec }: JobManifest): string {
  return sha256(toCanonicalJson(withoutGenerated(toFixedFields(spec))));
}
