import { isNamespaceName } from "../../events/address.ts";
import { isRawInteger } from "../../events/json.ts";
import { isObject } from "../../core/json/read-json.ts";
import { withoutGenerated, type JobManifest } from "../../core/operations/job-manifest.ts";
import { ok, refuse, type Result } from "../../core/result.ts";

/** A Job of a file. */
export type WrittenJob = {
  /** Absent: that of the command. */
  readonly namespace?: string;
  /** With `generated`, only the beginning of its name. */
  readonly name: string;
  readonly isGenerated: boolean;
  readonly manifest: JobManifest;
};

/** Metadata that the API server writes: an exported Job has it, and it is no part of the desired Job. */
const SERVER_METADATA: ReadonlySet<string> = new Set([
  "creationTimestamp",
  "deletionGracePeriodSeconds",
  "deletionTimestamp",
  "generation",
  "managedFields",
  "resourceVersion",
  "selfLink",
  "uid",
]);
const METADATA: ReadonlySet<string> = new Set([
  "annotations",
  "generateName",
  "labels",
  "name",
  "namespace",
]);
/** `kubectl apply` keeps the whole manifest in it. */
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";
const OWN_ANNOTATION = /^([a-z0-9-]+\.)*kubemend\.dev\//;
const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const NAME_MAX_LENGTH = 63;

/** Reads a document as a Job; the reason if it is none. What the API server has added to an exported Job is left out. */
export function readJob(document: unknown): Result<WrittenJob, string> {
  if (!isObject(document)) return refuse("is no object: expected a Job of batch/v1");
  const { apiVersion, kind } = document;
  if (kind !== "Job" || apiVersion !== "batch/v1") {
    const what = `${describe(kind, "an object without a kind")} (${describe(apiVersion, "without apiVersion")})`;
    return refuse(`is ${what}: apply-job takes Jobs of batch/v1; apply others with kubectl`);
  }
  const spec = withoutNulls(document["spec"]);
  if (!isObject(spec)) return refuse("has no spec");
  const metadata = withoutNulls(document["metadata"]);
  if (!isObject(metadata)) return refuse("has no metadata: a Job needs metadata.name");
  const unknown = Object.keys(metadata).find(
    (key) => !METADATA.has(key) && !SERVER_METADATA.has(key),
  );
  if (unknown !== undefined) {
    return refuse(`has metadata.${unknown}, which apply-job cannot apply: remove it`);
  }
  const named = readName(metadata);
  if (!named.ok) return named;
  const labels = readTexts(metadata["labels"], "metadata.labels");
  if (!labels.ok) return labels;
  const annotations = readTexts(metadata["annotations"], "metadata.annotations");
  if (!annotations.ok) return annotations;
  const kept = Object.entries(annotations.value).filter(
    ([key]) => key !== LAST_APPLIED && !OWN_ANNOTATION.test(key),
  );
  const manifest = {
    labels: labels.value,
    annotations: Object.fromEntries(kept),
    spec: withoutGenerated(spec),
  };
  return ok({ ...named.value, manifest });
}

function readName(
  metadata: Readonly<Record<string, unknown>>,
): Result<Omit<WrittenJob, "manifest">, string> {
  const { namespace, generateName } = metadata;
  const isGenerated = metadata["name"] === undefined && generateName !== undefined;
  const written = isGenerated ? generateName : metadata["name"];
  const name = typeof written === "string" && isGenerated ? written.replace(/[-.]+$/, "") : written;
  if (typeof name !== "string") {
    return refuse(
      name === undefined ? "has no metadata.name" : "has a metadata.name that is no text",
    );
  }
  if (!NAME.test(name) || name.length > NAME_MAX_LENGTH) {
    return refuse(
      `has the name ${JSON.stringify(name)}: expected lower-case letters, digits and "-", at most ${NAME_MAX_LENGTH} characters`,
    );
  }
  if (namespace === undefined) return ok({ name, isGenerated });
  if (typeof namespace !== "string" || !isNamespaceName(namespace)) {
    return refuse(
      `has the namespace ${JSON.stringify(namespace)}, which is no name of a namespace`,
    );
  }
  return ok({ name, isGenerated, namespace });
}

function readTexts(value: unknown, path: string): Result<Readonly<Record<string, string>>, string> {
  if (value === undefined) return ok({});
  if (!isObject(value)) return refuse(`has ${path} that is no map`);
  for (const [key, text] of Object.entries(value)) {
    if (typeof text === "string") continue;
    return refuse(`has ${path}.${key} that is no text: write ${JSON.stringify(text)} in quotes`);
  }
  return ok(value as Readonly<Record<string, string>>);
}

/** A key without a value says as much as no key; kubectl writes `creationTimestamp: null`. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value) || isRawInteger(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) =>
      item === null ? [] : [[key, withoutNulls(item)]],
    ),
  );
}

function describe(value: unknown, otherwise: string): string {
  return typeof value === "string" && value !== "" ? value : otherwise;
}
