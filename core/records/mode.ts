import type { RemediationRecord } from "../../events/remediation.ts";
import type { RemediationMode } from "../../events/request.ts";

/** The mode in which a record is carried out: that of the time at which it was made, or reopened. */
export function toMode({
  spec,
  status,
}: Pick<RemediationRecord, "spec" | "status">): RemediationMode {
  return status?.mode ?? spec.mode;
}

/** The mode that is stored when a record is reopened; undefined if it is that of the record. */
export function toReopenedMode(
  { spec }: Pick<RemediationRecord, "spec">,
  mode: RemediationMode,
): "enforce" | "approval" | undefined {
  return mode === spec.mode || mode === "dryRun" || spec.mode === "dryRun" ? undefined : mode;
}
