import { sha256 } from "../../../events/ids.ts";
import {
  RECORD_API_VERSION,
  RECORD_KIND,
  type RemediationRecord,
} from "../../../events/remediation.ts";
import type { KubernetesObject } from "../../../events/change.ts";
import { isKubemendError } from "../../../core/errors.ts";
import { toCanonicalJson } from "../../../core/json/canonical-json.ts";
import { readField, readTextMap } from "../../../core/json/read-json.ts";
import {
  AT_ANNOTATION,
  DIGEST_ANNOTATION,
} from "../../../core/operations/loops/cause-annotations.ts";
import { describeAddress } from "../../../core/operations/describe-operation.ts";
import { REPORTING_INSTANCE, RULE_REPORTER } from "../../../core/operations/event-reporters.ts";
import { toJsonPatch } from "../../../core/operations/json-patch.ts";
import type {
  EventOperation,
  FieldChange,
  OperationOutcome,
} from "../../../core/operations/operation.ts";
import { toApiVersion } from "../../../core/references/api-version.ts";
import { getObject } from "../api/objects.ts";
import { toResourcePath } from "../api/path.ts";
import type { KubernetesClient } from "../http/client.ts";
import { isDryRun, type ExecutionContext } from "./execution-context.ts";
import { FIELD_MANAGER } from "../../../core/operations/managed-fields.ts";
import { toDone, toTemporary } from "./operation-results.ts";

type Deps = { readonly client: KubernetesClient };

/** Other records may report the same at the same time. */
const ATTEMPTS_MAX = 4;

/**
 * Creates the Event, or raises the count of the one that says the same already. The Event says which operation counted last, so one that
 * is repeated does not count twice.
 */
export async function executeEvent(
  { client }: Deps,
  operation: EventOperation,
  context: ExecutionContext,
  signal: AbortSignal | undefined,
): Promise<OperationOutcome> {
  const { target } = operation;
  const { name, ...collection } = target;
  const query = { fieldManager: FIELD_MANAGER, dryRun: isDryRun(context) ? "All" : undefined };
  for (let attempt = 1; ; attempt += 1) {
    try {
      const body = toBody(operation, name, context.record);
      const path = toResourcePath(collection);
      const made = await client.request({ method: "POST", path, query, body, signal });
      return toDone(target, String(readField(made, "metadata", "uid")));
    } catch (error) {
      if (!isKubemendError(error, "AlreadyExists")) throw error;
      if (attempt > ATTEMPTS_MAX) throw toTemporary(error);
    }
    const existing = await getObject(client, target, signal);
    const answer = existing === null ? undefined : judge(operation, existing);
    if (answer !== undefined) return answer;
    // It has expired between the two requests: then it is created.
    if (existing === null) continue;
    const steps = toJsonPatch(existing, toRaised(operation, existing));
    if (!steps.ok) return { outcome: "failed", code: "PreconditionFailed", message: steps.error };
    try {
      await client.request({
        method: "PATCH",
        path: toResourcePath(target),
        query,
        contentType: "application/json-patch+json",
        body: steps.value,
        signal,
      });
      return toDone(target, existing.metadata.uid);
    } catch (error) {
      if (!isKubemendError(error) || !RACES.has(error.code)) throw error;
    }
  }
}

const RACES: ReadonlySet<string> = new Set(["Conflict", "NotFound", "PreconditionFailed"]);

/** The result if nothing needs to be written: this operation has counted, or something else has the name. */
function judge(
  operation: EventOperation,
  existing: KubernetesObject,
): OperationOutcome | undefined {
  const { target, regarding } = operation;
  const isSame =
    readField(existing, "reportingController") === RULE_REPORTER &&
    readField(existing, "regarding", "uid") === regarding.uid;
  if (!isSame) {
    const message = `${describeAddress(target)} exists and is about something else`;
    return { outcome: "failed", code: "AlreadyExists", message };
  }
  return isReported(existing, operation) ? toDone(target, existing.metadata.uid) : undefined;
}

/** Whether an Event was written last by this operation. */
export function isReported(existing: KubernetesObject, operation: EventOperation): boolean {
  const found = readTextMap(readField(existing, "metadata", "annotations"));
  return Object.entries(toAnnotations(operation)).every(([name, value]) => found[name] === value);
}

function toRaised(
  operation: EventOperation,
  existing: KubernetesObject,
): readonly Pick<FieldChange, "path" | "to">[] {
  const count = Number(readField(existing, "series", "count") ?? 1) + 1;
  const lastObservedTime = toMicroTime(operation);
  const marks = Object.entries(toAnnotations(operation)).map(([name, to]) => ({
    path: ["metadata", "annotations", name],
    to,
  }));
  const version = existing.metadata["resourceVersion"];
  return [
    { path: ["series"], to: { count, lastObservedTime } },
    ...marks,
    { path: ["metadata", "resourceVersion"], to: version },
  ];
}

function toAnnotations(operation: EventOperation): Readonly<Record<string, string>> {
  return { ...operation.annotations, [DIGEST_ANNOTATION]: sha256(toCanonicalJson(operation)) };
}

function toMicroTime({ annotations }: EventOperation): string | undefined {
  return annotations[AT_ANNOTATION]?.replace(/(\.\d{3})Z$/, "$1000Z");
}

function toBody(
  operation: EventOperation,
  name: string,
  { metadata }: RemediationRecord,
): Readonly<Record<string, unknown>> {
  const { target, regarding, eventType, reason, note } = operation;
  const { namespace } = target;
  const about = { kind: regarding.kind, name: regarding.name, uid: regarding.uid };
  const place = regarding.namespace === null ? {} : { namespace: regarding.namespace };
  return {
    apiVersion: toApiVersion(target),
    kind: target.kind,
    metadata: { name, namespace, annotations: toAnnotations(operation) },
    eventTime: toMicroTime(operation),
    type: eventType,
    reason,
    action: "Report",
    note,
    reportingController: RULE_REPORTER,
    reportingInstance: REPORTING_INSTANCE,
    regarding: { apiVersion: toApiVersion(regarding), ...about, ...place },
    related: {
      apiVersion: RECORD_API_VERSION,
      kind: RECORD_KIND,
      namespace: metadata.namespace,
      name: metadata.name,
      uid: metadata.uid,
    },
  };
}
