import {
  RECORD_API_VERSION,
  RECORD_KIND,
  type RecordStatus,
  type RemediationRecord,
} from "../../events/remediation.ts";
import { sha256 } from "../../events/ids.ts";
import type { Trigger } from "../../events/request.ts";
import { toCauseAnnotations } from "../operations/loops/cause-annotations.ts";
import { OUTCOME_REPORTER, REPORTING_INSTANCE } from "../operations/event-reporters.ts";
import { toApiVersion } from "../references/api-version.ts";
import { limitBytes } from "../text/limit-text.ts";
import { isWaitEnd } from "./wait-end.ts";

/** Limits of the API server for an Event: https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/ */
const NOTE_MAX_BYTES = 1024;
/** The name of the object, a dot and the 20 characters of the digest fit into 253. */
const NAME_MAX_LENGTH = 232;

const WARNINGS: ReadonlySet<string> = new Set(["Failed", "Expired"]);

/**
 * The Kubernetes Event that reports the outcome of a record on the trigger, so that `kubectl describe` of the trigger shows it.
 * Its name is derived from that of the record, so it is created once. Undefined if the trigger is an Event itself, if the
 * record has not ended, or if its end only says that a wait is over: then nothing is wrong with the trigger. The Events of a cluster-scoped object are in the namespace `default`.
 */
export function toOutcomeEvent(
  record: RemediationRecord,
): { readonly namespace: string; readonly body: Readonly<Record<string, unknown>> } | undefined {
  const { status, metadata } = record;
  const { trigger } = record.spec;
  if (status?.endedAt === undefined || trigger.kind === "Event" || isWaitEnd(record)) {
    return undefined;
  }
  const namespace = trigger.namespace ?? "default";
  const cause = { record: metadata.name, depth: 1, now: status.endedAt };
  return {
    namespace,
    body: {
      apiVersion: "events.k8s.io/v1",
      kind: "Event",
      metadata: {
        name: `${trigger.name.slice(0, NAME_MAX_LENGTH)}.${toDigest(record)}`,
        namespace,
        annotations: toCauseAnnotations(cause),
      },
      eventTime: status.endedAt.replace(/(\.\d{3})Z$/, "$1000Z"),
      type: WARNINGS.has(status.phase) ? "Warning" : "Normal",
      reason: `Remediation${status.phase}`,
      action: "Remediate",
      note: toNote(record, status),
      reportingController: OUTCOME_REPORTER,
      reportingInstance: REPORTING_INSTANCE,
      regarding: toRegarding(trigger),
      related: {
        apiVersion: RECORD_API_VERSION,
        kind: RECORD_KIND,
        namespace: metadata.namespace,
        name: metadata.name,
        uid: metadata.uid,
      },
    },
  };
}

/** One Event for each end: a record that was reopened ends once more. */
function toDigest({ metadata, status }: RemediationRecord): string {
  const { matchedAt } = status ?? {};
  return matchedAt === undefined
    ? metadata.name.slice(-20)
    : sha256(metadata.name, matchedAt).slice(0, 20);
}

function toNote({ metadata, spec }: RemediationRecord, status: RecordStatus): string {
  const outcome = status.message ?? status.reason ?? status.phase;
  const note = `rule ${spec.rule.id}: ${outcome} (remediation ${metadata.name})`;
  return limitBytes(note, NOTE_MAX_BYTES);
}

function toRegarding(trigger: Trigger): Readonly<Record<string, unknown>> {
  const { kind, namespace, name, uid, resourceVersion } = trigger;
  return {
    apiVersion: toApiVersion(trigger),
    kind,
    ...(namespace === null ? {} : { namespace }),
    name,
    uid,
    resourceVersion,
  };
}
