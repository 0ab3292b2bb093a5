import type { KubernetesObject } from "../../events/change.ts";
import {
  RECORD_API_VERSION,
  RECORD_KIND,
  type RemediationRecord,
} from "../../events/remediation.ts";
import { toCauseAnnotations } from "../operations/cause-annotations.ts";

/** Limits of the API server for an Event: https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/ */
const NOTE_MAX_LENGTH = 1024;
/** The name of the object and this digest, with a dot between, fit into 253. */
const NAME_MAX_LENGTH = 232;
const COMPONENT = "kubemend";
/** Who reports these Events: in `v1` the field is `reportingComponent`. */
const CONTROLLER = "kubemend.dev/remediate";

const WARNINGS: ReadonlySet<string> = new Set(["Failed", "Expired"]);

/**
 * The Kubernetes Event that tells a record's end on the object that it was about, so that `kubectl describe` of that shows it; with
 * a full reference. Its name is the record's, so it is made once. Undefined where the object is an Event itself, or nothing has
 * ended. An object without namespace has its Events in `default`.
 */
export function toOutcomeEvent(
  record: RemediationRecord,
): { readonly namespace: string; readonly body: Readonly<Record<string, unknown>> } | undefined {
  const { trigger, rule } = record.spec;
  const { status } = record;
  if (status?.endedAt === undefined || trigger.kind === "Event") return undefined;
  const { name: recordName, namespace: recordNamespace, uid: recordUid } = record.metadata;
  const { group, version, kind, name, uid, resourceVersion } = trigger;
  const namespace = trigger.namespace ?? "default";
  const cause = { record: recordName, depth: 1, now: status.endedAt };
  const note = `rule ${rule.id}: ${status.message ?? status.reason ?? status.phase} (remediation ${recordName})`;
  return {
    namespace,
    body: {
      apiVersion: "events.k8s.io/v1",
      kind: "Event",
      metadata: {
        name: `${name.slice(0, NAME_MAX_LENGTH)}.${recordName.slice(-20)}`,
        namespace,
        annotations: toCauseAnnotations(cause),
      },
      eventTime: status.endedAt.replace(/(\.\d{3})Z$/, "$1000Z"),
      type: WARNINGS.has(status.phase) ? "Warning" : "Normal",
      reason: `Remediation${status.phase}`,
      action: "Remediate",
      note: note.length > NOTE_MAX_LENGTH ? `${note.slice(0, NOTE_MAX_LENGTH - 1)}…` : note,
      reportingController: CONTROLLER,
      reportingInstance: COMPONENT,
      regarding: {
        apiVersion: group === "" ? version : `${group}/${version}`,
        kind,
        ...(trigger.namespace === null ? {} : { namespace }),
        name,
        uid,
        resourceVersion,
      },
      related: {
        apiVersion: RECORD_API_VERSION,
        kind: RECORD_KIND,
        namespace: recordNamespace,
        name: recordName,
        uid: recordUid,
      },
    },
  };
}

/** Whether an object is such an Event, as it says itself. */
export function isOutcomeEvent(object: KubernetesObject): boolean {
  if (object.kind !== "Event") return false;
  const { reportingController, reportingComponent } = object;
  return (reportingController ?? reportingComponent) === CONTROLLER;
}
