import type { ChangeMessage } from "../../../events/change.ts";
import type { FoundReference } from "../../../events/reference.ts";
import {
  DEFAULT_RECORD_NAMESPACE,
  RECORD_API_VERSION,
  RECORD_KIND,
  type RemediationRecord,
} from "../../../events/remediation.ts";
import { parseRemediationRequest } from "../../../events/request.ts";
import type { Decision } from "../../../core/decide/decide.ts";
import { toModeAt } from "../../../core/guards/times/timed-mode.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import { toRecordSpec } from "../../../core/records/messages/record-spec.ts";
import { toRequestEntry } from "../../../functions/normalize/to-request.ts";

export type RecordInput = {
  readonly pipeline: Pipeline;
  readonly message: ChangeMessage;
  readonly references: readonly FoundReference[];
};

/** The record that normalize's request would make; undefined if the rule did not match. */
export function toSimulatedRecord(
  { rule, recordName, onceKey }: Decision,
  { pipeline, message, references }: RecordInput,
): RemediationRecord | undefined {
  if (recordName === undefined || onceKey === undefined) return undefined;
  const match = { rule, recordName, onceKey };
  const context = { message, references, pipelineDigest: pipeline.digest, now: message.time };
  const request = parseRemediationRequest(toRequestEntry(match, context).body);
  if (request.outcome === "refused") return undefined;
  return {
    apiVersion: RECORD_API_VERSION,
    kind: RECORD_KIND,
    metadata: {
      name: recordName,
      namespace: DEFAULT_RECORD_NAMESPACE,
      uid: "simulated",
      resourceVersion: "",
    },
    spec: {
      ...toRecordSpec(request.value),
      mode: toModeAt(rule, Date.parse(message.time)),
    },
  };
}
