import * as v from "valibot";
import type { KubernetesObject } from "../../../events/change.ts";
import { readBoundedJson } from "../../../events/json.ts";
import type { RecordSpec } from "../../../events/remediation.ts";
import { EVIDENCE_MAX_BYTES, evidenceObjectSchema } from "../../../events/request.ts";

/** The text that a record keeps; undefined if it is larger than a record may keep. */
export function toEvidenceText(object: KubernetesObject): string | undefined {
  const text = JSON.stringify(object);
  return Buffer.byteLength(text) > EVIDENCE_MAX_BYTES ? undefined : text;
}

/** The last reported state of the trigger that a record keeps, if it keeps any. */
export function readEvidence({ evidence }: RecordSpec): KubernetesObject | undefined {
  if (evidence === undefined) return undefined;
  const read = readBoundedJson(evidence);
  const parsed = v.safeParse(
    evidenceObjectSchema,
    read.outcome === "read" ? read.value : undefined,
  );
  return parsed.success ? parsed.output : undefined;
}
