import type { KubernetesObject } from "../../events/change.ts";
import { EVIDENCE_MAX_BYTES, type RequestData } from "../../events/request.ts";
import { readField, readTextMap } from "../../core/json/read-json.ts";
import { pickFields } from "../../core/json/pick-fields.ts";
import type { Rule } from "../../core/pipeline/pipeline.ts";
import { findTriggerReads } from "../../core/pipeline/redacted-reads.ts";

/** Kubemend's own annotations say how deep in a chain of remediations an object is. */
const OWN_ANNOTATION = "kubemend.dev/";

/** What identifies an object, and decides how it is chosen and to whom it belongs. */
const METADATA = [
  "name",
  "namespace",
  "uid",
  "resourceVersion",
  "generation",
  "ownerReferences",
  "labels",
].map((field) => ({ path: ["metadata", field], whole: true }));

/**
 * The last state of an object that may be gone before remediate can read it: the fields that the rule reads, of an object that is
 * redacted already. Undefined if they are too large: then such an object is only alerted on.
 */
export function toEvidence(rule: Rule, object: KubernetesObject): RequestData["evidence"] {
  const reads = findTriggerReads(rule);
  const annotations = Object.keys(readTextMap(readField(object, "metadata", "annotations")))
    .filter((key) => key.startsWith(OWN_ANNOTATION))
    .map((key) => ({ path: ["metadata", "annotations", key], whole: true }));
  const head = ["apiVersion", "kind"].map((field) => ({ path: [field], whole: true }));
  const picked =
    reads === "all" ? object : pickFields(object, [...head, ...METADATA, ...annotations, ...reads]);
  if (Buffer.byteLength(JSON.stringify(picked)) > EVIDENCE_MAX_BYTES) return undefined;
  return { object: picked as KubernetesObject };
}
