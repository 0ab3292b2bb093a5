import type { RemediationRecord } from "../../events/remediation.ts";
import { readField, readTextMap } from "../json/read-json.ts";
import { toApiVersion } from "../references/api-version.ts";
import { ok, type Result } from "../result.ts";
import { toCreationMarks } from "./creation-marks.ts";
import { applyChanges } from "./json-patch.ts";
import type { CreateOperation } from "./operation.ts";
import { readSource } from "./source-digest.ts";

/** An object to create, as it is sent. */
export type Manifest = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly spec: unknown;
};

/** The object that a create sends, made from its source. Refused, with the reason, if the source has no place for a change. */
export function toManifest(
  operation: CreateOperation,
  record: RemediationRecord,
  source: unknown,
): Result<Manifest, string> {
  const { target, metadata, specFrom, changes = [] } = operation;
  const { path, metadataPath } = specFrom;
  const changed = applyChanges({ spec: readSource(source, path) }, changes);
  if (!changed.ok) return changed;
  const template = metadataPath === undefined ? undefined : readSource(source, metadataPath);
  return ok({
    apiVersion: toApiVersion(target),
    kind: target.kind,
    metadata: {
      name: target.name,
      namespace: target.namespace ?? undefined,
      ...metadata,
      labels: { ...readTextMap(readField(template, "labels")), ...metadata.labels },
      annotations: {
        ...readTextMap(readField(template, "annotations")),
        ...metadata.annotations,
        ...toCreationMarks(operation, record),
      },
    },
    spec: readField(changed.value, "spec"),
  });
}
