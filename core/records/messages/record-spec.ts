import type { FoundReference } from "../../../events/reference.ts";
import type { RecordSpec } from "../../../events/remediation.ts";
import type { RemediationRequest } from "../../../events/request.ts";

/** The limits of the CRD's schema for references: a hostile reference must not keep a record from being created. */
const REFERENCES_MAX = 100;
const REFERENCE_MAX_LENGTH = 1024;
const CANDIDATES_MAX = 50;
const LOOP_ANNOTATION_MAX_LENGTH = 4096;

/** The part of a request that its record keeps: identities only. It is never changed later. */
export function toRecordSpec(request: RemediationRequest): RecordSpec {
  const { cluster, rule, onceKey, mode, change, trigger, references } = request.data;
  return {
    cluster: { name: cluster.name, uid: cluster.uid },
    rule: { id: rule.id, digest: rule.digest },
    onceKey,
    mode,
    change: {
      id: change.id,
      kind: change.kind,
      time: change.time,
      ...(change.gap === undefined ? {} : { gap: change.gap }),
      ...(isKept(change.loopAnnotations) ? { loopAnnotations: change.loopAnnotations } : {}),
    },
    trigger: {
      group: trigger.group,
      version: trigger.version,
      resource: trigger.resource,
      kind: trigger.kind,
      namespaced: trigger.namespaced,
      namespace: trigger.namespace,
      name: trigger.name,
      uid: trigger.uid,
      resourceVersion: trigger.resourceVersion,
    },
    references: toStorableReferences(references),
    traceparent: request.traceparent,
  };
}

function isKept(annotations: Readonly<Record<string, string>> | undefined): boolean {
  if (annotations === undefined) return false;
  return Object.values(annotations).every(({ length }) => length <= LOOP_ANNOTATION_MAX_LENGTH);
}

/** The references that records, requests and alerts keep: as many as fit into their limits, without those that are too long. */
export function toStorableReferences(
  references: readonly FoundReference[],
): readonly FoundReference[] {
  return references.filter(isStorable).slice(0, REFERENCES_MAX);
}

function isStorable({ field, relation, result }: FoundReference): boolean {
  const candidates = result.outcome === "unresolved" ? result.candidates.length : 0;
  return (
    candidates <= CANDIDATES_MAX &&
    JSON.stringify({ field, relation, result }).length <= REFERENCE_MAX_LENGTH
  );
}
