import type { RecordStatus } from "../../../events/remediation.ts";
import type { WriteOperation } from "../../../core/operations/operation.ts";
import { addPreview, previewStep } from "../../../core/preview/preview-step.ts";
import type { StepOutcome } from "../../../core/records/step-progress.ts";

/** The status of a dry run with what the API server answered to a step. Loaded only then: few rules are tried. */
export function keepPreview(
  status: RecordStatus,
  operation: WriteOperation,
  outcome: StepOutcome,
): RecordStatus {
  if (outcome.outcome === "failed") return status;
  const isSent = operation.type !== "alert" && operation.type !== "verify";
  const step = previewStep(operation, outcome.effect, isSent ? outcome.message : undefined);
  return { ...status, preview: addPreview(status.preview ?? [], step) };
}
