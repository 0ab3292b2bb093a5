import type { RecordStatus, RecordStep, RemediationRecord } from "../../../events/remediation.ts";
import type { ChangedPart } from "../../../core/records/claim.ts";

/** For whom an operation is carried out. */
export type ExecutionContext = {
  readonly record: RemediationRecord;
  /** RFC 3339 ms. */
  readonly now: string;
  /** What an alert has to tell beside its summary. */
  readonly problem?: { readonly code: string; readonly message: string } | undefined;
  /** Asks the API server with `dryRun=All`; so does a record of mode dryRun. */
  readonly dryRun?: boolean;
  /** The operation's own step, and the status with all steps that have ended before it. */
  readonly step?: RecordStep | undefined;
  readonly status?: RecordStatus | undefined;
  /** Set where a change is why this is asked now: what is looked at may be as it should before its time. */
  readonly changed?: ChangedPart | undefined;
};
