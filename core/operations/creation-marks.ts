import { sha256 } from "../../events/ids.ts";
import type { RemediationRecord } from "../../events/remediation.ts";
import { toCanonicalJson } from "../json/canonical-json.ts";
import {
  CAUSE_ANNOTATION,
  DIGEST_ANNOTATION,
  RECORD_ANNOTATION,
} from "./loops/cause-annotations.ts";
import type { CreateOperation, ManifestOperation } from "./operation.ts";

/** The annotations by which an object is known again as the one that this operation of this record makes. */
export function toCreationMarks(
  operation: CreateOperation | ManifestOperation,
  { metadata }: RemediationRecord,
): Readonly<Record<string, string>> {
  return {
    [CAUSE_ANNOTATION]: metadata.name,
    [RECORD_ANNOTATION]: `${metadata.namespace}/${metadata.uid}`,
    [DIGEST_ANNOTATION]: toDigest(operation),
  };
}

function toDigest(operation: CreateOperation | ManifestOperation): string {
  if (operation.type === "createManifest") return sha256(toCanonicalJson(operation.spec));
  const { specFrom, changes } = operation;
  return changes === undefined
    ? specFrom.digest
    : sha256(specFrom.digest, toCanonicalJson(changes));
}
