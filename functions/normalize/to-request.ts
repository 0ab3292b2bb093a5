import type { ChangeMessage } from "../../events/change.ts";
import { sha256, toRequestGroupId } from "../../events/ids.ts";
import type { FoundReference } from "../../events/reference.ts";
import {
  REQUEST_SCHEMA_URN,
  type ChangeSummary,
  type RemediationRequest,
} from "../../events/request.ts";
import { readChanged } from "../../core/decide/changed-fields.ts";
import { readLoopAnnotations } from "../../core/operations/loops/chain.ts";
import type { Rule } from "../../core/pipeline/pipeline.ts";
import { toStorableReferences } from "../../core/records/messages/record-spec.ts";
import type { SqsEntry } from "../../adapters/sqs/send-batch.ts";
import { toEvidence } from "./to-evidence.ts";

/** A rule that matched, with its episode. */
export type Match = { readonly rule: Rule; readonly recordName: string; readonly onceKey: string };

export type RequestContext = {
  readonly message: ChangeMessage;
  readonly references: readonly FoundReference[];
  /** Whether the relay has signed the change; only then is the request signed, and carries evidence. */
  readonly isSigned?: boolean | undefined;
  /**
   * Of a change without a valid signature, although signing keys are configured: whether the cluster shows what is alerted on. If not, the
   * alerts say so. Either way they have ids of their own. Absent: the change counts as it is.
   */
  readonly trust?: "confirmed" | "unverified" | undefined;
  /** Digest of the pipeline that made the decision. */
  readonly pipelineDigest: string;
  /** RFC 3339 ms: time of the decision. */
  readonly now: string;
};

/**
 * The request for a match, as an entry of `remediations.fifo`. Its group is the trigger, so that the trouble of one object delays
 * no other; the deduplication id is the same for the same decision, however often the change is delivered.
 */
export function toRequestEntry(match: Match, context: RequestContext): SqsEntry {
  const { rule, recordName } = match;
  const { message } = context;
  const request = toRequest(match, context);
  const { cluster, trigger } = request.data;
  return {
    body: JSON.stringify(request),
    groupId: toRequestGroupId(cluster.uid, trigger),
    // The requests of several rules for one object may share a call, as their order among each other does not matter.
    orderKey: rule.id,
    deduplicationId: sha256(recordName, message.id, rule.digest),
    unsigned: context.isSigned !== true,
  };
}

function toRequest(match: Match, context: RequestContext): RemediationRequest {
  const { rule, recordName, onceKey } = match;
  const { message, references, pipelineDigest, now } = context;
  const { cluster, resource, resourceVersion, object } = message.data;
  const evidence = findEvidence(match, context);
  return {
    specversion: "1.0",
    id: recordName,
    source: `/clusters/${cluster.uid}/rules/${rule.id}`,
    type: "dev.kubemend.remediation.requested",
    subject: message.subject,
    time: now,
    dataschema: REQUEST_SCHEMA_URN,
    traceparent: message.traceparent,
    data: {
      cluster: { name: cluster.name, uid: cluster.uid },
      record: recordName,
      rule: { id: rule.id, digest: rule.digest },
      pipeline: pipelineDigest,
      onceKey,
      mode: rule.mode,
      change: { ...toChangeSummary(message, rule), ...toLoopAnnotations(message) },
      trigger: {
        group: resource.group,
        version: resource.version,
        resource: resource.resource,
        kind: resource.kind,
        namespaced: resource.namespaced,
        namespace: object.metadata.namespace ?? null,
        name: object.metadata.name,
        uid: object.metadata.uid,
        resourceVersion,
      },
      references: toStorableReferences(references),
      ...(evidence === undefined ? {} : { evidence }),
    },
  };
}

/** Only what the cluster may not show any more needs evidence, and only a state that the relay has signed is any. */
function findEvidence({ rule }: Match, { message, isSigned }: RequestContext) {
  const { change, object } = message.data;
  const mayBeGone = rule.ifGone === "act" || change === "deleted";
  return isSigned === true && mayBeGone ? toEvidence(rule, object) : undefined;
}

/** Which remediations led to the reported state; nothing if the message has only the identity of its object. */
function toLoopAnnotations({
  data: { object },
}: ChangeMessage): Pick<ChangeSummary, "loopAnnotations"> {
  const isWhole = object.metadata["resourceVersion"] !== undefined;
  return isWhole ? { loopAnnotations: readLoopAnnotations(object) } : {};
}

/** A summary of the change for a rule, for requests and alerts. */
export function toChangeSummary(message: ChangeMessage, rule: Rule): ChangeSummary {
  const { id, time, data } = message;
  const changed = readChanged(rule, message);
  return {
    id,
    kind: data.change,
    time,
    ...(data.gap === undefined ? {} : { gap: data.gap }),
    ...(data.unsent === undefined ? {} : { unsent: data.unsent }),
    ...(changed === undefined ? {} : { changed }),
  };
}
